"""A folder whose files are whole or absent, on this machine or another one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from negdata.errors import NegdataError
from negdata.remote import Address
from negdata.whole_files import beside, sync, write_error, write_whole


class Storage(Protocol):
    """A folder; names are relative to it, with ``/`` between folders.

    Every method raises NegdataError where the folder can't be reached, read or written.
    """

    folder: Path

    def names(self, below: str) -> list[str]:
        """The names of the files directly in a folder below, sorted, without the folder's; none where there is none."""

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""

    def open(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """A file to be read from its beginning."""

    def write(self, name: str, content: bytes) -> None:
        """Puts a file there at once; one of its name is replaced."""

    def put(self, name: str, file: Path) -> None:
        """Puts a copy of a file of this machine there at once."""

    def remove(self, name: str) -> None:
        """Removes a file; nothing happens where there is none."""


def open_storage(folder: Path) -> Storage:
    """The storage of a folder, which need not be there; raises NegdataError where an address can't be reached."""
    if isinstance(folder, Address):
        from negdata.remote.storage import RemoteStorage

        return RemoteStorage(folder)
    return LocalStorage(folder)


class LocalStorage:
    """A folder of this machine, or one that it shares with others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, below: str) -> list[str]:
        try:
            with os.scandir(self.folder / below) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _unreadable(self.folder / below, error) from error

    def read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.folder / name, error) from error

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        try:
            file = (self.folder / name).open("rb")
        except OSError as error:
            raise _unreadable(self.folder / name, error) from error
        with file:
            yield file

    def write(self, name: str, content: bytes) -> None:
        self._make_folder(name)
        write_whole(self.folder / name, content)

    def put(self, name: str, file: Path) -> None:
        """A hard link where the file system has them: what is written to the file later doesn't count as a copy."""
        self._make_folder(name)
        path = self.folder / name
        path.unlink(missing_ok=True)
        try:
            os.link(file, path)
            return
        except OSError:
            pass  # another file system, or one without links
        try:
            with file.open("rb") as source, beside(path).open("wb") as copy:
                while block := source.read(1 << 20):
                    copy.write(block)
                copy.flush()
                sync(copy.fileno(), path)
            beside(path).replace(path)
        except OSError as error:
            raise write_error(path, error) from error

    def remove(self, name: str) -> None:
        try:
            (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise write_error(self.folder / name, error) from error

    def _make_folder(self, name: str) -> None:
        try:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self.folder / name, error) from error


def _unreadable(path: Path, error: OSError) -> NegdataError:
    return NegdataError(f"{path} can't be read: {error.strerror}.", "Check that it is there, and its permissions.")
