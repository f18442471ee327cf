"""``negdata doctor``: looks at everything at once, and says whether what is asked for works."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from negdata import __version__
from negdata.doctor import in_process
from negdata.doctor.diagnosis import Diagnosis, Extra
from negdata.doctor.keys import find_keys
from negdata.doctor.packages import find_extras
from negdata.doctor.places import find_disk, find_places
from negdata.doctor.probes import probes
from negdata.doctor.servers import ask_servers
from negdata.doctor.settings import DoctorSettings


def diagnose(settings: DoctorSettings | None = None, *, on_step: Callable[[str], None] | None = None) -> Diagnosis:
    """What is installed, which backends answer now, and where things are; nothing is fetched, written or generated.

    Args:
        settings: what should work; None asks for nothing in particular.
        on_step: told what is being looked at.

    Returns:
        What was found; ``wanted.works`` answers ``settings.purpose``.

    Raises:
        NegdataError: the settings name something that there isn't.
    """
    settings = settings or DoctorSettings()
    began = monotonic()
    tell = on_step or (lambda _: None)
    extras = {extra.name: extra for extra in find_extras()}
    train, local = extras["train"], extras["local"]
    with probes([name for name in ("torch", "xllamacpp") if _is_there(name, extras)]) as loading:
        tell("servers")
        ollama, openai = ask_servers(settings)
        tell("caches")
        places, disk = find_places(), find_disk()
        tell("torch, llama.cpp")
        loaded = {name: probe.result() for name, probe in loading.items()}
    torch = loaded.get("torch")
    devices = in_process.find_devices(train, torch, has_nvidia=_has_nvidia())
    backends = [
        in_process.embedded(),
        ollama,
        openai,
        in_process.llama_cpp(local, loaded.get("xllamacpp")),
        in_process.transformers(train, torch),
        in_process.vllm(extras["vllm"]),
        *in_process.plugins(),
    ]
    diagnosis = Diagnosis(
        negdata=__version__,
        python=platform.python_version(),
        executable=sys.executable,
        platform=f"{platform.system()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        extras=list(extras.values()),
        devices=devices,
        backends=backends,
        keys=find_keys(settings.api_key_env),
        places=places,
        disk=disk,
        seconds=monotonic() - began,
    )
    if settings.purpose is not None:
        from negdata.doctor.purposes import judge  # it knows every verifier, which takes a moment

        diagnosis.wanted = judge(settings, diagnosis)
        diagnosis.seconds = monotonic() - began
    return diagnosis


def _is_there(package: str, extras: dict[str, Extra]) -> bool:
    return any(extra.versions.get(package) for extra in extras.values())


def _has_nvidia() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
