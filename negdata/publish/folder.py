"""A folder that appears whole or not at all: written beside under another name, then renamed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.store import OutputPaths
from negdata.whole_files import FULL

COMMAND = "negdata data export"


def check_output(out: Path, *, fresh: bool) -> None:
    """Raises NegdataError where something is in the way that this export may not replace.

    Only an export's own files are ever replaced, and only with ``fresh``: those that its manifest lists.
    """
    paths = OutputPaths.of(out)
    earlier = _manifest(paths.manifest)
    ours = str(earlier.get("command", "")).startswith(COMMAND)
    for file in (paths.manifest, paths.rejected, paths.failed):
        if file.exists() and not ours:
            raise NegdataError(f"{file} is there, and belongs to something else than an export.", "Give another -o.")
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise NegdataError(f"{out} exists, and is no folder.", "Give another -o.")
    there = {str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir() or path.is_symlink()}
    if not there:
        return
    if not fresh:
        raise NegdataError(f"{out} exists.", "Give another -o, or --fresh to replace an earlier export.")
    extra: Any = earlier.get("extra")
    listed: Any = extra.get("files") if ours and isinstance(extra, dict) else None
    foreign = sorted(there - set(map(str, listed if isinstance(listed, list) else ())))
    if foreign:
        raise NegdataError(
            f"{out} holds {foreign[0]!r}, which no export wrote according to {paths.manifest}.",
            "Move it away, remove the folder yourself, or give another -o.",
        )


@contextlib.contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yields the folder to write into; at the end of the block it takes the place of ``out``.

    Where the block raises, ``out`` is as it was. The caller holds the output's lock and has called ``check_output``.
    """
    temporary, old = (out.with_name(f"{out.name}.negdata-{what}") for what in ("new", "old"))
    with told(out):
        if old.exists() and not out.exists():
            old.rename(out)  # an earlier run was killed between its two renames
        for left in (temporary, old):
            if left.exists():
                shutil.rmtree(left)
        temporary.mkdir(parents=True)
    try:
        yield temporary
        with told(out):
            for folder in (temporary, *(path for path in temporary.rglob("*") if path.is_dir())):
                _sync(folder)
            if out.exists():
                out.rename(old)
            temporary.rename(out)
            _sync(out.parent)
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def told(out: Path) -> Iterator[None]:
    """Turns an OSError of writing into a NegdataError."""
    try:
        yield
    except OSError as error:
        full = error.errno in FULL
        raise NegdataError(
            f"{out} can't be written: {error.strerror or error}.",
            "Make room and run the same command again." if full else "Check the folder and its permissions.",
        ) from error


def _sync(folder: Path) -> None:
    """Has the disk take which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems don't
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _manifest(path: Path) -> dict[str, Any]:
    """A manifest's content, nothing where it is none."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}
