"""Writes a whole file beside, flushes it and renames it, so that a reader sees the old one or the new one."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from negdata.errors import NegdataError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def beside(path: Path) -> Path:
    """Where the new content of a file is put before it takes the old one's place."""
    return path.with_name(path.name + ".tmp")


def write_whole(path: Path, content: bytes) -> None:
    """Replaces a file's content at once; raises NegdataError where it can't."""
    temporary = beside(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            written = 0
            while written < len(content):
                written += os.write(descriptor, content[written:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise write_error(path, error) from error


def write_error(path: Path, error: OSError) -> NegdataError:
    """The error for a file that can't be written, with what to do about it."""
    if error.errno in FULL:
        return NegdataError(
            f"{path} can't be written: {os.strerror(error.errno or 0)}.",
            "Make room and run the same command again: it goes on where it was.",
        )
    return NegdataError(
        f"{path} can't be written: {error.strerror or error}.", "Check the folder's permissions, or give another --out."
    )
