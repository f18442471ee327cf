"""Where models are on this machine: in a folder, or in the hub's cache. Nothing is fetched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import orjson

Whereabouts = Literal["here", "cached", "hub", "nowhere"]
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_FILES = (".gguf", ".pt", ".pth", ".bin", ".safetensors")
CHATS = "ForCausalLM"
SEES = "ForConditionalGeneration"


def whereabouts(model: str) -> Whereabouts:
    """Where a model would be taken from: a path, the hub's cache, or the hub, if it is no path and has a hub's name."""
    path = Path(model).expanduser()
    if path.exists():
        return "here"
    if model.startswith((".", "/", "~")) or model.endswith(_FILES) or not _HUB_NAME.fullmatch(model):
        return "nowhere"
    return "cached" if any(_snapshots(model)) else "hub"


def is_offline() -> bool:
    """Whether the hub's library was told to stay away from the network."""
    return any(
        os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    )


def cached_models(kind: str) -> list[str]:
    """Models in the hub's cache whose architecture's name ends so."""
    found = []
    for entry in sorted(hub_cache().glob("models--*")):
        name = entry.name.removeprefix("models--").replace("--", "/")
        if any(kind in one for folder in _snapshots(name) for one in _architectures(folder)):
            found.append(name)
    return found


def gguf_files() -> list[str]:
    """GGUF files of this folder and of the hub's cache."""
    beside = [path.name for path in sorted(Path().glob("*.gguf"))]
    cached = [str(path) for path in sorted(hub_cache().glob("models--*/snapshots/*/*.gguf"))]
    return beside + cached


def hub_cache() -> Path:
    """Where the hub's library keeps models, as it decides that."""
    said = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if said:
        return Path(said).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(home).expanduser() / "hub"


def _snapshots(name: str) -> Iterator[Path]:
    """Folders with a version of this model."""
    for config in (hub_cache() / f"models--{name.replace('/', '--')}" / "snapshots").glob("*/*"):
        if config.name in ("config.json", "open_clip_config.json"):
            yield config.parent


def _architectures(folder: Path) -> list[str]:
    try:
        said = orjson.loads((folder / "config.json").read_bytes()).get("architectures")
    except (OSError, ValueError, AttributeError):
        return []
    return [str(one) for one in said] if isinstance(said, list) else []
