"""Backends that need no server: the embedded one, models in this process, and those of other packages."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Any

from negdata.doctor.diagnosis import Answerer, Device, Extra
from negdata.doctor.models import CHATS, cached_models, gguf_files
from negdata.doctor.packages import pip_line


def embedded() -> Answerer:
    """``rules``: whatever is installed, it answers."""
    return Answerer(name="rules", state="ok", said="embedded: no model, no network, no key")


def llama_cpp(local: Extra, loaded: dict[str, Any] | None) -> Answerer:
    """``llamacpp``.

    Args:
        loaded: what came of loading the package; None where it isn't installed.
    """
    found = _needing(Answerer(name="llamacpp", state="ok", said="any GGUF file, by --model"), local, loaded)
    if found.state == "ok":
        found.models = gguf_files()
        found.said += _here(len(found.models))
    return found


def transformers(train: Extra, loaded: dict[str, Any] | None) -> Answerer:
    """``transformers``; arguments as above."""
    found = Answerer(name="transformers", state="ok", said="any chat model by folder or hub name")
    return _with_chats(_needing(found, train, loaded))


def vllm(extra: Extra) -> Answerer:
    """``vllm``; it isn't loaded to find out whether it can be, as that takes longer than all the rest."""
    found = Answerer(name="vllm", state="ok", said="any chat model by folder or hub name, on a GPU")
    return _with_chats(_needing(found, extra, None))


def plugins() -> list[Answerer]:
    """Backends of other packages; loading their code tells whether they can work."""
    return [_plugin(point.name, point.value) for point in entry_points(group="negdata.backends")]


def find_devices(train: Extra, loaded: dict[str, Any] | None, *, has_nvidia: bool) -> list[Device]:
    """Where torch's models run.

    Args:
        has_nvidia: whether there is an NVIDIA driver, be it seen by torch or not.
    """
    if loaded is None or "problem" in loaded:
        said = loaded["problem"] if loaded else "torch isn't installed"
        mend = pip_line(train.name) if loaded is None else f'pip install --force-reinstall "negdata[{train.name}]"'
        return [Device(name="torch", state="broken" if loaded else "absent", said=said, mend=mend, dtype="")]
    devices = [Device.model_validate({"state": "ok", "said": one["title"], **one}) for one in loaded["devices"]]
    if has_nvidia and len(devices) == 1:
        built = f"this torch is built for {loaded['cuda']}" if loaded["cuda"] else "this torch is built without CUDA"
        devices.insert(
            0,
            Device(
                name="cuda",
                state="broken",
                said=f"an NVIDIA driver is here that torch can't use: {built}",
                mend="install torch for the driver's CUDA version: pytorch.org/get-started",
                dtype="",
            ),
        )
    return devices


def _with_chats(found: Answerer) -> Answerer:
    """What was found, with the chat models that are in the cache where it can load them."""
    if found.state == "ok":
        found.models = cached_models(CHATS)
        found.said += _here(len(found.models))
    return found


def _needing(found: Answerer, extra: Extra, loaded: dict[str, Any] | None) -> Answerer:
    """The finding, or that it lacks its packages, or that they can't be loaded."""
    if extra.state != "ok":
        return found.model_copy(update={"state": extra.state, "said": extra.said, "mend": extra.mend})
    if loaded is not None and "problem" in loaded:
        mend = f'pip install --force-reinstall "negdata[{extra.name}]"'
        return found.model_copy(update={"state": "broken", "said": loaded["problem"], "mend": mend})
    return found


def _plugin(name: str, value: str) -> Answerer:
    module, _, attribute = value.partition(":")
    try:
        getattr(importlib.import_module(module), attribute)
    except Exception as problem:  # somebody else's code
        said = f"{value} can't be loaded: {type(problem).__name__}"
        return Answerer(name=name, state="broken", said=said, mend="ask those who made it, or uninstall it")
    return Answerer(name=name, state="ok", said=f"of another package: {value}")


def _here(count: int) -> str:
    return f"; {count} here already" if count else ""
