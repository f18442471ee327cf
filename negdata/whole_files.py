"""Writes a whole file beside, flushes it and renames it, so that a reader sees the old one or the new one."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from negdata.errors import NegdataError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EROFS})


def beside(path: Path) -> Path:
    """Where the new content of a file is put before it takes the old one's place."""
    return path.with_name(path.name + ".tmp")


def write_whole(path: Path, content: bytes) -> None:
    """Replaces a file's content at once; raises NegdataError where it can't."""
    with whole_file(path) as write:
        write(content)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Takes a file's new content piece by piece, and puts it in the old one's place at the end of the block.

    Where the block raises, the old content stays.

    Raises:
        NegdataError: it can't be written.
    """
    temporary = beside(path)
    with _told(path):
        file = temporary.open("wb")

    def write(content: bytes) -> None:
        with _told(path):
            file.write(content)

    try:
        try:
            yield write
            with _told(path):
                file.flush()
                os.fsync(file.fileno())
        finally:
            with contextlib.suppress(OSError):  # what is still in its buffer failed before, or isn't wanted
                file.close()
        with _told(path):
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


def sync(descriptor: int, path: Path) -> None:
    """Has the disk take what was written to an open file, where it is one that can; raises NegdataError."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise write_error(path, error) from error


def write_error(path: Path, error: OSError) -> NegdataError:
    """The error for a file that can't be written, with what to do about it."""
    if error.errno in FULL:
        return NegdataError(
            f"{path} can't be written: {os.strerror(error.errno or 0)}.",
            "Make room and run the same command again: it goes on where it was.",
        )
    return NegdataError(
        f"{path} can't be written: {error.strerror or error}.",
        "Check the folder and its permissions, or write to another place.",
    )
