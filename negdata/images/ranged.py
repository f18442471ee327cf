"""A file that is read piece by piece, here or elsewhere, and that says so when it isn't the same any more."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from functools import partial
from io import RawIOBase
from pathlib import Path
from typing import Protocol

from negdata.clip.feeding import read_ahead
from negdata.errors import NegdataError
from negdata.remote import Address
from negdata.sources.base import unreadable

_AT_ONCE = 8
"""Servers are far rather than slow."""

_VERSIONS = ("ETag", "etag", "blob_id", "sha256", "md5Hash", "generation", "LastModified", "last_modified", "mtime")
"""What storages say that changes with a file's content."""


class RangedFile(Protocol):
    """A file of which any stretch can be read, by any number of threads at once.

    Attributes:
        size: in bytes.
        version: another one when the content is another.
    """

    path: Path
    size: int
    version: str

    def read(self, start: int, length: int) -> bytes:
        """A stretch that lies within the file; raises NegdataError where it can't be read or the file has changed."""


def open_ranged(path: Path) -> RangedFile:
    """A file to be read piece by piece; raises NegdataError where it isn't there."""
    return RemoteFile(path) if isinstance(path, Address) else LocalFile(path)


def open_all(paths: Sequence[Path]) -> list[RangedFile]:
    """Several of them; those elsewhere are asked for at the same time."""
    threads = _AT_ONCE if any(isinstance(path, Address) for path in paths) else 1
    return list(read_ahead((partial(open_ranged, path) for path in paths), threads))


class LocalFile:
    """A file of this machine. It is opened for each stretch: of many files few could be kept open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            found = path.stat()
        except OSError as error:
            raise unreadable(path, error) from error
        if not stat.S_ISREG(found.st_mode):
            raise NegdataError(f"{path} is no plain file.", "Check the path.")
        self.size = found.st_size
        self.version = _version(found)

    def check(self) -> None:
        """Raises NegdataError where the file has changed."""
        if LocalFile(self.path).version != self.version:
            raise _changed(self.path)

    def read(self, start: int, length: int) -> bytes:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _version(os.fstat(descriptor)) != self.version:
                    raise _changed(self.path)
                content = os.pread(descriptor, length, start)
                while len(content) < length and (
                    more := os.pread(descriptor, length - len(content), start + len(content))
                ):
                    content += more
            finally:
                os.close(descriptor)
        except OSError as error:
            raise unreadable(self.path, error) from error
        if len(content) < length:
            raise _changed(self.path)
        return content


class RemoteFile:
    """A file elsewhere; a web server has to give ranges of it, since of others the whole is read each time."""

    def __init__(self, address: Address) -> None:
        from negdata.remote.files import info

        self.path: Path = address
        self._address = address
        said = info(address)
        size = said.get("size")
        if said.get("type") == "directory":
            raise NegdataError(f"{address} is a folder.", "Name a file.")
        if not isinstance(size, int):
            raise NegdataError(f"The server of {address} doesn't say how large it is.", "Copy it here first.")
        self.size = size
        self.version = f"{size} " + " ".join(str(said[key]) for key in _VERSIONS if said.get(key))

    def read(self, start: int, length: int) -> bytes:
        from negdata.remote.files import read_range

        content = read_range(self._address, start, length)
        if len(content) < length:
            raise _changed(self.path)
        return content


class Seekable(RawIOBase):
    """A ranged file as Python's file objects are, for a library that reads those."""

    def __init__(self, file: RangedFile) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + {0: 0, 1: self._at, 2: self._file.size}[whence])
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._file.size - self._at)
        length = left if size is None or size < 0 else min(size, left)
        content = self._file.read(self._at, length) if length else b""
        self._at += length
        return content

    def readall(self) -> bytes:
        return self.read()


class Window:
    """The stretch of a file that was read last, for those who go through it from its beginning in small steps."""

    def __init__(self, file: RangedFile, width: int) -> None:
        self._file = file
        self._width = width
        self._start = 0
        self._content = b""

    def read(self, start: int, length: int) -> bytes:
        """A stretch; less of it at the end of the file."""
        length = min(length, self._file.size - start)
        if length <= 0:
            return b""
        if not self._start <= start <= start + length <= self._start + len(self._content):
            wide = min(max(length, self._width), self._file.size - start)
            self._start, self._content = start, self._file.read(start, wide)
        begin = start - self._start
        return self._content[begin : begin + length]


def _version(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns}"


def _changed(path: Path) -> NegdataError:
    return NegdataError(f"{path} has changed since it was opened.", "Let nothing write to it, and run again.")
