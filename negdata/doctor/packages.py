"""Which optional packages are installed, and what each group of them is for."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from importlib import metadata

from negdata.doctor.diagnosis import Extra


@dataclass(frozen=True, slots=True)
class Group:
    """An extra of pyproject.toml.

    Attributes:
        packages: distribution names, each with the oldest version that will do.
    """

    name: str
    enables: str
    packages: dict[str, str]


_TRAIN = {
    "numpy": "1.26",
    "torch": "2.5",
    "transformers": "4.48",
    "safetensors": "0.4.5",
    "llguidance": "1.0",
    "ftfy": "6.1",
}
GROUPS = (
    Group("train", "finetune, eval, export; judges and chat models in this process", _TRAIN),
    Group("local", "the backend llamacpp: GGUF models in this process", {"xllamacpp": "0.1"}),
    Group("vllm", "the backend vllm: an engine on the GPU of each worker", {"vllm": "0.32"}),
    Group("hf", "parquet, datasets of the Hub", {"datasets": "3.0", "pyarrow": "17.0"}),
    Group("coco", "instances files with masks", {"pycocotools": "2.0.8"}),
    Group("gguf", "GGUF files in the backend transformers", {"gguf": "0.10", "accelerate": "1.0"}),
    Group("lora", "recipes that train LoRA weights", _TRAIN | {"peft": "0.14"}),
    Group("track", "finetune --track", {"tensorboard": "2.16"}),
    Group("ray", "--engine ray: workers on one machine or many", {"ray": "2.49", "pandas": "2.2", "pyarrow": "17.0"}),
    Group(
        "remote", "sources, images and outputs at s3:// and other addresses", {"fsspec": "2024.12", "s3fs": "2024.12"}
    ),
    Group("webdataset", "data export --to webdataset", {"webdataset": "0.2.100"}),
    Group("openclip", "models of open_clip", _TRAIN | {"open-clip-torch": "2.32"}),
)
_MODULES = {"open-clip-torch": "open_clip"}
"""Packages whose module has another name."""


def find_extras() -> list[Extra]:
    """Each extra, and what it lacks; nothing is imported for it."""
    return [_extra(group) for group in GROUPS]


def pip_line(extra: str) -> str:
    """The command that installs an extra."""
    return f'pip install "negdata[{extra}]"'


def _extra(group: Group) -> Extra:
    versions = {name: _version(name) for name in group.packages}
    lacking = [name for name, version in versions.items() if version is None]
    old = [
        f"{name} {version} (older than {group.packages[name]})"
        for name, version in versions.items()
        if version is not None and _numbers(version) < _numbers(group.packages[name])
    ]
    mend = pip_line(group.name)
    if old:
        state, said, mend = "broken", f"too old: {', '.join(old)}", mend.replace("install", "install --upgrade")
    elif lacking:
        state, said = "absent", f"not installed: {', '.join(lacking)}"
    else:
        shown = {name: version for name, version in versions.items() if name in _telling(group)}
        state, said = "ok", ", ".join(f"{name} {version}" for name, version in shown.items())
    return Extra.model_validate(
        {
            "name": group.name,
            "state": state,
            "said": said,
            "mend": None if state == "ok" else mend,
            "enables": group.enables,
            "versions": versions,
        }
    )


def _telling(group: Group) -> set[str]:
    """The packages of a group that people know it by; an extra that adds to another tells what it adds."""
    if group.name == "train":
        return {"torch", "transformers"}
    return set(group.packages) - set(_TRAIN)


def _version(name: str) -> str | None:
    """The installed version; None where the package can't be imported."""
    try:
        if importlib.util.find_spec(_MODULES.get(name, name)) is None:
            return None
        return metadata.version(name)
    except (ImportError, ValueError):  # what Python says of a package that is half there
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The release of a version: what follows the numbers (rc1, +cu126) doesn't decide what will do."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
