"""A source's rows by image, on disk: memory stays flat, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Self

from negdata.engines.blocks import Group
from negdata.errors import NegdataError
from negdata.imagerows import key
from negdata.records import CaptionRecord

_ROW, _FURTHER = 0, 1


class Grouping:
    """Takes rows in the order of their source, and gives them back by image; a context manager.

    Images come in the order of ``imagerows.key``, which is the same on every machine.
    """

    def __init__(self) -> None:
        # An empty name is SQLite's temporary database: in memory while small, then on disk, gone when closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute(
            "CREATE TABLE row (image BLOB NOT NULL, kind INTEGER NOT NULL, id BLOB, taken INTEGER, line BLOB NOT NULL)"
        )
        self._database.execute("BEGIN")

    def add(self, record: CaptionRecord, *, taken: bool) -> None:
        """Takes a row; one without an image has one to itself."""
        self._database.execute(
            "INSERT INTO row VALUES (?, ?, ?, ?, ?)",
            (key(record.image or record.id), _ROW, key(record.id), taken, record.to_line()),
        )

    def add_further(self, image: str, caption: str) -> None:
        """Takes a caption of another source."""
        content = caption.encode("utf-8", "replace")
        self._database.execute("INSERT INTO row VALUES (?, ?, NULL, NULL, ?)", (key(image), _FURTHER, content))

    def check_ids(self, source: object) -> None:
        """Raises NegdataError where an id stands twice. They are sorted on disk: a set of all would fill the memory."""
        found = self._database.execute(
            "SELECT min(rowid) FROM row WHERE kind = ? GROUP BY id HAVING count(*) > 1 LIMIT 1", (_ROW,)
        ).fetchone()
        if found is not None:
            (line,) = self._database.execute("SELECT line FROM row WHERE rowid = ?", found).fetchone()
            identity = CaptionRecord.model_validate_json(line).id
            raise NegdataError(
                f"{source} has the id {identity!r} twice.", "Ids are what a run resumes by; give each row its own."
            )

    def groups(self) -> Iterator[Group]:
        """The rows of each image, in the order in which they were added."""
        # Sorted whole, without an index: that would fetch row after row from all over a file larger than the memory.
        rows = self._database.execute("SELECT image, kind, taken, line FROM row ORDER BY image, kind, rowid")
        for _, of_image in groupby(rows, key=itemgetter(0)):
            records: list[tuple[CaptionRecord, bool]] = []
            further: list[str] = []
            for _, kind, taken, line in of_image:
                if kind == _ROW:
                    records.append((CaptionRecord.model_validate_json(line), bool(taken)))
                else:
                    further.append(line.decode())
            if records:
                yield Group(tuple(records), tuple(further))

    def close(self) -> None:
        """Removes the temporary database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
