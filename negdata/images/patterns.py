"""Many files in one name: ``shards/{00000..00099}.tar``, ``shards/{train,val}.tar``, ``shards/*.tar``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from negdata.errors import NegdataError
from negdata.remote import Address, place

MOST_FILES = 100_000
_BRACES = re.compile(r"\{(?P<first>\d+)\.\.(?P<last>\d+)\}|\{(?P<words>[^{}]*,[^{}]*)\}")
_WILD = re.compile(r"[*?\[]")
_WEB = ("http", "https")
"""What follows a ``?`` is no part of a name there, and nothing can be listed."""


def is_pattern(path: Path) -> bool:
    """Whether a path names files by a pattern; one that is there as it is written doesn't."""
    if isinstance(path, Address):
        return bool(_BRACES.search(path.url) or _is_wild(path))
    return bool(_BRACES.search(str(path)) or _WILD.search(str(path))) and not path.exists()


def expanded(path: Path) -> list[Path]:
    """The files that a pattern names: those of braces in their order, whether they are there or not; others by name.

    Raises:
        NegdataError: it names none, or too many, or its storage can't be listed.
    """
    found: list[Path] = []
    text = path.url if isinstance(path, Address) else str(path)
    for one in _spelled_out(text, path):
        named = place(one)
        found += _matches(named) if _is_wild(named) else [named]
        if len(found) > MOST_FILES:
            raise NegdataError(f"{path} names more than {MOST_FILES:,} files.", "Name fewer, or make larger files.")
    if not found:
        raise NegdataError(f"No file matches {path}.", "Check the pattern.")
    return found


def _is_wild(path: Path) -> bool:
    if isinstance(path, Address):
        return path.scheme not in _WEB and _WILD.search(path.url) is not None
    return _WILD.search(str(path)) is not None


def _spelled_out(text: str, path: Path) -> Iterator[str]:
    found = _BRACES.search(text)
    if found is None:
        yield text
        return
    before, after = text[: found.start()], text[found.end() :]
    for word in found["words"].split(",") if found["words"] is not None else _numbers(found, path):
        yield from _spelled_out(before + word + after, path)


def _numbers(found: re.Match[str], path: Path) -> Iterator[str]:
    first, last = found["first"], found["last"]
    if not int(first) <= int(last) < int(first) + MOST_FILES:
        raise NegdataError(
            f"{path} counts from {first} to {last}.", f"Count upwards, {MOST_FILES:,} files at most: {{00000..00099}}."
        )
    width = len(first) if first.startswith("0") else 0
    yield from (f"{number:0{width}d}" for number in range(int(first), int(last) + 1))


def _matches(path: Path) -> list[Path]:
    if not isinstance(path, Address):
        return sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
    from negdata.remote.files import names

    folder = path.parent
    assert isinstance(folder, Address)
    if _WILD.search(folder.url):
        raise NegdataError(f"{path} has a * or ? in the name of a folder.", "At an address it may stand in file names.")
    return [folder / name for name in names(folder) if fnmatchcase(name, path.name)]
