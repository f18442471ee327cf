"""Which rows of a source a run takes: the same ones in both of its passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from negdata.shards import Shard
from negdata.sources.base import BadRow, Row, Source


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows behind the first ``offset``, ``limit`` of them at most, and of these the shard's."""

    offset: int = 0
    limit: int | None = None
    shard: Shard | None = None

    def spans(self, number: int) -> bool:
        """Whether a row with this number, from 1, is taken by some shard."""
        return self.offset < number and (self.limit is None or number <= self.offset + self.limit)

    def takes(self, number: int, id: str) -> bool:
        """Whether the row with this number, from 1, and this id is taken."""
        return self.spans(number) and (self.shard is None or self.shard.owns(id))

    def rows(self, source: Source) -> Iterator[Row]:
        """The rows that are taken; nothing behind the last of them is read."""
        stop = None if self.limit is None else self.offset + self.limit
        for row in islice(source.rows(), self.offset, stop):
            if self.shard is None or self.shard.owns(row_id(row)):
                yield row


EVERYTHING = Slice()


def row_id(row: Row) -> str:
    """The id of a row, also of one that can't be used."""
    return row.record.id if isinstance(row, BadRow) else row.id
