"""Where an export goes: written beside, and put in place at once, so that a killed run leaves nothing half."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from negdata.errors import NegdataError
from negdata.locks import OutputLock
from negdata.train.export.notes import NOTE
from negdata.whole_files import beside, write_error


def check_place(out: Path, sources: list[Path]) -> None:
    """Raises NegdataError where an output would lie in what it is made of, or replace it."""
    place = out.resolve()
    for source in sources:
        there = source.resolve()
        if place == there or there in place.parents or place in there.parents:
            raise NegdataError(
                f"The output {out} and {source}, which it is made of, lie in each other.", "Give another --out."
            )


@contextlib.contextmanager
def new_file(out: Path, *, fresh: bool) -> Iterator[Path]:
    """Gives the path to write to; at the end of the block the file takes its place.

    Raises:
        NegdataError: the file is there and isn't to be replaced, or it can't be written.
    """
    if out.is_dir():
        raise NegdataError(f"{out} is a folder.", "Give the path of a file.")
    if out.exists() and not fresh:
        raise NegdataError(f"{out} is there already.", "Give --fresh to replace it, or another --out.")
    with _locked(out):
        temporary = beside(out)
        try:
            yield temporary
            with _told(out):
                _flush(temporary)
                temporary.replace(out)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(out: Path, *, fresh: bool) -> Iterator[Path]:
    """Gives an empty folder to write into; at the end of the block it takes its place.

    Only an earlier export is ever replaced: a folder that says of itself that it is one.

    Raises:
        NegdataError: something else is there, or it can't be written.
    """
    check_folder(out, fresh=fresh)
    with _locked(out):
        temporary = beside(out)
        with _told(out):
            if temporary.exists():  # a killed run left it
                shutil.rmtree(temporary)
            temporary.mkdir()
        try:
            yield temporary
            with _told(out):
                for path in temporary.rglob("*"):
                    if path.is_file():
                        _flush(path)
                _swap(temporary, out)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def check_folder(out: Path, *, fresh: bool) -> None:
    """Raises NegdataError unless a folder is free, or holds an earlier export that is to be replaced."""
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise NegdataError(f"{out} is no folder.", "Give the path of a new folder.")
    if not any(out.iterdir()):
        return
    if not (out / NOTE).is_file():
        raise NegdataError(
            f"{out} holds files, and isn't an export: it has no {NOTE}.", "Give another --out, or empty it yourself."
        )
    if not fresh:
        raise NegdataError(f"{out} holds an earlier export.", "Give --fresh to replace it, or another --out.")


def _swap(new: Path, out: Path) -> None:
    """The new folder in the old one's place; the old one is gone only once the new one is there."""
    if not out.exists():
        new.rename(out)
        return
    old = out.with_name(out.name + ".old.tmp")
    if old.exists():
        shutil.rmtree(old)
    out.rename(old)
    new.rename(out)
    shutil.rmtree(old)


@contextlib.contextmanager
def _locked(out: Path) -> Iterator[None]:
    with _told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    lock = OutputLock(out.with_name(out.name + ".lock"), out, f"negdata export -o {out}")
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_error(out, error) from error


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
