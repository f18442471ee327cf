"""The files of a published dataset while they are written: sizes and hashes are known once they are closed."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from negdata.publish.rows import Row

if TYPE_CHECKING:
    from typing_extensions import Buffer

MediaType = Literal["application/x-parquet", "application/x-tar", "application/json"]


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of records; ``name`` is relative to the dataset's folder."""

    name: str
    media_type: MediaType
    size: int
    sha256: str


class Writer(Protocol):
    """Writes the records of a dataset into its folder."""

    def add(self, row: Row) -> None:
        """Takes a record; raises OSError where it can't be written."""

    def finish(self) -> list[PublishedFile]:
        """Writes what is left, and tells of all the files."""

    def abandon(self) -> None:
        """Closes what is open; what is written is of no use."""


class HashedFile(io.RawIOBase):
    """A new file that can only be written in order."""

    def __init__(self, folder: Path, name: str, media_type: MediaType) -> None:
        super().__init__()
        self._name = name
        self._media_type: MediaType = media_type
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Buffer, /) -> int:
        """Writes all of it; raises OSError."""
        view = memoryview(content).cast("B")
        self._file.write(view)
        self._hash.update(view)
        self._size += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._size

    def complete(self) -> PublishedFile:
        """Has the disk take it, and closes it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        return PublishedFile(self._name, self._media_type, self._size, self._hash.hexdigest())

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._file.close()


def published_file(folder: Path, name: str, media_type: MediaType) -> PublishedFile:
    """What is to be told of a file that is there already."""
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return PublishedFile(name, media_type, (folder / name).stat().st_size, digest)
