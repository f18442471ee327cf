"""WebDataset: tar files in which each record is an image, a text and a JSON of one key."""

from __future__ import annotations

import contextlib
import re
from hashlib import blake2b
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.publish.files import HashedFile, PublishedFile
from negdata.publish.rows import Row

_PLAIN = re.compile(r"[A-Za-z0-9_]{1,80}")
_OTHER = re.compile(r"[^A-Za-z0-9_]+")
_OWNER = "negdata"


class WebDatasetWriter:
    """Writes ``000000.tar``, ``000001.tar`` …; equal records are equal bytes."""

    def __init__(self, folder: Path, *, rows_a_file: int) -> None:
        """Raises NegdataError where webdataset is missing."""
        try:
            import webdataset  # noqa: F401
        except ImportError as error:
            raise NegdataError(
                "The form webdataset is written by webdataset, which isn't installed.",
                'Run: pip install "negdata[webdataset]"',
            ) from error
        self._folder = folder
        self._rows_a_file = rows_a_file
        self._in_file = 0
        self._file: HashedFile | None = None
        self._tar: Any = None
        self._done: list[PublishedFile] = []

    def add(self, row: Row) -> None:
        """Takes a record; raises OSError where it can't be written."""
        from webdataset import TarWriter

        assert row.original is not None
        if self._file is None:
            self._file = HashedFile(self._folder, f"{len(self._done):06d}.tar", "application/x-tar")
            self._tar = TarWriter(self._file, encoder=False, mtime=0, user=_OWNER, group=_OWNER, mode=0o644)
        self._tar.write(
            {
                "__key__": sample_key(row.record.id),
                row.original.suffix: row.original.content,
                "txt": (row.record.negated_caption or "").encode(),
                "json": row.record.to_line().rstrip(b"\n"),
            }
        )
        self._in_file += 1
        if self._in_file >= self._rows_a_file:
            self._end_file()

    def finish(self) -> list[PublishedFile]:
        """Ends the last file, and tells of all."""
        self._end_file()
        return self._done

    def abandon(self) -> None:
        """Closes what is open."""
        if self._file is not None:
            with contextlib.suppress(Exception):  # the end of a file that nobody will read
                self._tar.close()
            with contextlib.suppress(OSError):
                self._file.close()

    def _end_file(self) -> None:
        if self._file is not None:
            self._tar.close()
            self._done.append(self._file.complete())
            self._file, self._in_file = None, 0


def sample_key(record_id: str) -> str:
    """The key of a record: its id where that has letters, digits and "_" alone, else what is left of it, and a hash.

    A key ends at its first dot, and may become the name of a file. The hash, behind a "-", keeps two ids apart.
    """
    if _PLAIN.fullmatch(record_id):
        return record_id
    digest = blake2b(record_id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{_OTHER.sub('_', record_id)[:60]}-{digest}"
