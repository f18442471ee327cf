"""What the functions take where the command line takes text: paths, names and settings, one or several."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, overload

from negdata.remote import place

StrPath: TypeAlias = str | os.PathLike[str]


@overload
def as_path(path: StrPath) -> Path: ...
@overload
def as_path(path: StrPath | None) -> Path | None: ...
def as_path(path: StrPath | None) -> Path | None:
    """A path of any kind, or the address of a file elsewhere; None stays."""
    return None if path is None else place(path)


def as_paths(paths: StrPath | Sequence[StrPath]) -> tuple[Path, ...]:
    """One path or address, or several."""
    several = (paths,) if isinstance(paths, str | os.PathLike) else paths
    return tuple(place(path) for path in several)


def as_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Names in a text that commas part, as on the command line, or in a sequence."""
    parts = names.split(",") if isinstance(names, str) else names
    return tuple(part.strip() for part in parts if part.strip())


def as_texts(texts: str | Sequence[str]) -> tuple[str, ...]:
    """One text or several; commas belong to it."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def as_settings(settings: Sequence[str] | Mapping[str, object]) -> tuple[str, ...]:
    """``key=value`` each, from such texts or from a mapping."""
    if isinstance(settings, Mapping):
        return tuple(f"{key}={_plain(value)}" for key, value in settings.items())
    return as_texts(settings)


def _plain(value: object) -> str:
    """A value as YAML has it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
