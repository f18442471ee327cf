"""Where negdata's files are, how large they have become, and how much room is left."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from negdata.caches import cache_folder, feature_cache
from negdata.doctor.diagnosis import Disk, Place
from negdata.doctor.models import hub_cache
from negdata.errors import NegdataError
from negdata.replies import default_cache_path
from negdata.shipped import shipped

SCARCE = 2 << 30
"""Bytes of free disk under which a run may well come to an end."""


def find_places() -> list[Place]:
    """Prompts and caches."""
    replies = default_cache_path()
    whole = [replies.with_name(replies.name + suffix) for suffix in ("", "-wal", "-shm")]
    features = feature_cache()
    towers = sum(1 for _ in features.glob("*/key.json"))
    return [
        _prompts(),
        _cache("reply cache", replies, sum(_size(path) for path in whole) if replies.exists() else None),
        _cache("feature cache", features, _size(features) if features.exists() else None, said=_towers(towers)),
        _cache("hub's cache", hub_cache(), None, variable="HF_HOME"),
    ]


def find_disk() -> Disk:
    """The disk of the cache folder."""
    folder = _there(cache_folder())
    usage = shutil.disk_usage(folder)
    scarce = usage.free < SCARCE
    return Disk(
        name="disk",
        state="broken" if scarce else "ok",
        said="little is free" if scarce else "",
        mend="export NEGDATA_CACHE=FOLDER  (a folder on a larger disk)" if scarce else None,
        path=str(folder),
        free=usage.free,
        total=usage.total,
    )


def _prompts() -> Place:
    from negdata.prompts import load_prompts

    folder = shipped("prompts")
    try:
        said, state, mend = f"{len(load_prompts(None))} prompts", "ok", None
    except NegdataError as problem:
        said, state, mend = problem.problem, "broken", "negdata prompts validate"
    return Place.model_validate(
        {"name": "prompts", "state": state, "said": said, "mend": mend, "path": str(folder), "bytes": _size(folder)}
    )


def _cache(name: str, path: Path, size: int | None, *, said: str = "", variable: str = "NEGDATA_CACHE") -> Place:
    """A place that is made when it is needed: it is broken only where it couldn't be."""
    above = _there(path)
    if not os.access(above, os.W_OK) or (above != path and not above.is_dir()):
        why = f"{above} can't be written to" if above.is_dir() else f"{above} is a file"
        mend = f"export {variable}=FOLDER  (a folder that you may write to)"
        return Place(name=name, state="broken", said=why, mend=mend, path=str(path))
    return Place(
        name=name, state="ok" if path.exists() else "absent", said=said, path=str(path), bytes=size
    )  # one that isn't there yet will be


def _towers(count: int) -> str:
    return f"of {count} vision tower{'s' if count > 1 else ''}" if count else ""


def _there(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(one for one in (path, *path.absolute().parents) if one.exists())


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what vanishes meanwhile counts nothing."""
    if not path.is_dir():
        return _bytes(path)
    return sum(_bytes(Path(folder, name)) for folder, _, names in os.walk(path) for name in names)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
