"""Reads the records to filter: once whole, then image by image, so that the questions about one image meet."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from negdata.caption.item import UnusableItem
from negdata.exclusion import NOTHING, Exclusion, Overlap
from negdata.filter.context import ImageTexts
from negdata.filter.item import FilterItem
from negdata.filter.marks import Marks, MarkTally
from negdata.filter.settings import FilterSettings
from negdata.records import CaptionRecord
from negdata.sources import BadRow, Source
from negdata.sources.first_pass import FirstPass


class GroupedRecords:
    """The records of a source by image, in the order in which their images first come; on disk, not in memory.

    The whole source tells what is written about an image, whatever part or shard of it is filtered.

    Attributes:
        taken: how many rows the run takes; ``whole``, how many all shards take together.
        overlap: what the source shares with benchmarks.
        tally: what becomes of marks.
    """

    def __init__(
        self,
        source: Source,
        captions: Source | None,
        settings: FilterSettings,
        exclusion: Exclusion = NOTHING,
        on_rows: Callable[[int], None] | None = None,
        *,
        marks: Marks | None = None,
    ) -> None:
        """Reads everything once.

        Raises:
            NegdataError: a row can't be used and ``bad_rows`` refuses that, or images are to be left out and no row
                names its image.
        """
        self.overlap = Overlap(exclusion)
        self.tally = MarkTally(marks or Marks())
        self._source = source
        self._slice = settings.slice
        self._pass = FirstPass(source, settings.bad_rows, on_rows, self._slice)
        # An empty name is SQLite's temporary database: in memory while small, then on disk, gone when closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("CREATE TABLE record (number INTEGER PRIMARY KEY, first INTEGER, line BLOB NOT NULL)")
        self._database.execute("CREATE TABLE image (name TEXT PRIMARY KEY, first INTEGER NOT NULL) WITHOUT ROWID")
        try:
            self._database.execute("BEGIN")
            self._texts = ImageTexts(self._stored(), further_captions(captions))
            self._database.execute("COMMIT")
            self._database.execute("CREATE INDEX by_image ON record (first, number)")
        except BaseException:
            self._database.close()
            raise
        self.taken, self.whole = self._pass.taken, self._pass.whole

    def items(self) -> Iterator[FilterItem | UnusableItem]:
        """The rows to filter, those of one image one after the other; bad rows first."""
        if self._pass.bad:
            for row in self._slice.rows(self._source):
                if isinstance(row, BadRow):
                    yield UnusableItem(row.record)
        for (line,) in self._database.execute("SELECT line FROM record ORDER BY first, number"):
            record = CaptionRecord.model_validate_json(line)
            yield FilterItem(record, self._texts.of(record.image, record.id))

    def close(self) -> None:
        """Removes the temporary files."""
        self._texts.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _stored(self) -> Iterator[CaptionRecord]:
        for record in self._pass.good_rows():
            number, taken = self._pass.rows, self._pass.taking
            self.overlap.see(record, taken=taken)
            if self._slice.spans(number):
                self.tally.see(record, taken=taken)
            if taken:
                name = record.image or record.id  # a record without an image stands alone
                self._database.execute("INSERT OR IGNORE INTO image VALUES (?, ?)", (name, number))
                self._database.execute(
                    "INSERT INTO record SELECT ?, first, ? FROM image WHERE name = ?", (number, record.to_line(), name)
                )
            yield record
        self.overlap.check(self._source.path)


def further_captions(captions: Source | None) -> Iterator[tuple[str, str]]:
    """The captions of a further source, each with its image."""
    if captions is not None:
        for row in captions.rows():
            if isinstance(row, CaptionRecord) and row.image is not None:
                yield row.image, row.caption
