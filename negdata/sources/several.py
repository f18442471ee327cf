"""Several files of one format as one source: those of a folder, or those that a pattern names, in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.remote import Address
from negdata.remote.files import names
from negdata.sources.base import BadRow, Row, Source, unreadable


class SeveralFiles:
    """The rows of all files, one file after the other.

    Ids are made as for a single file, where a row's number follows its file's stem. A row's own id stays, unless it is
    a number, which likely counts within its file: that follows the stem, too.

    Args:
        path: what the user calls them.
        files: in the order in which they are read.
        open_file: opens one as a source of its own.
    """

    def __init__(self, path: Path, files: Sequence[Path], open_file: Callable[[Path], Source]) -> None:
        self.path = path
        self.unused: set[str] = set()
        self._files = files
        self._open = open_file
        self.format = open_file(files[0]).format
        _refuse_same_stems(path, files)

    def digest(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for file in self._files:
            digest.update(f"{file.name}\0{self._open(file).digest()}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def rows(self) -> Iterator[Row]:
        for file in self._files:
            source = self._open(file)
            for row in source.rows():
                yield _of_file(row, file)
            self.unused |= source.unused


def listed(folder: Path) -> list[str]:
    """The names of the files directly in a folder, here or elsewhere, sorted; raises NegdataError."""
    if isinstance(folder, Address):
        return names(folder)
    try:
        return sorted(path.name for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise unreadable(folder, error) from error


def _of_file(row: Row, file: Path) -> Row:
    if isinstance(row, BadRow):
        record = row.record.model_copy(update={"id": _own_id(row.record.id, file)})
        return replace(row, where=f"{file.name}, {row.where}", record=record)
    named: CaptionRecord = row.model_copy(update={"id": _own_id(row.id, file)})
    return named


def _own_id(identity: str, file: Path) -> str:
    return f"{file.stem}:{identity}" if identity.isdecimal() else identity


def _refuse_same_stems(path: Path, files: Sequence[Path]) -> None:
    stems: dict[str, Path] = {}
    for file in files:
        other = stems.setdefault(file.stem, file)
        if other != file:
            raise NegdataError(
                f"{path} has two files whose rows would have the same ids: {other} and {file}.", "Rename one of them."
            )
