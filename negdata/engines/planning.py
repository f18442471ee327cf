"""Reads a source once and cuts its rows into blocks: what every command that works in parts begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from negdata.engines.blocks import Group
from negdata.engines.grouping import Grouping
from negdata.engines.plan import Plan, write_blocks
from negdata.records import CaptionRecord, FailedCaption
from negdata.sources import BadRow, Source
from negdata.sources.first_pass import FirstPass
from negdata.sources.slices import Slice
from negdata.storage import Storage


@dataclass(frozen=True)
class Reading:
    """What is read, and who wants to know of it.

    Attributes:
        slice: the rows that the run takes.
        see: called with each row that can be used, and whether the run takes it.
        see_group: called with all rows of each image.
        check: called when all rows are read.
        further: captions of another source, each with its image.
        on_rows: called with the number of rows read.
    """

    source: Source
    slice: Slice
    bad_rows: Literal["refuse", "fail"]
    see: Callable[[CaptionRecord, FirstPass], None]
    see_group: Callable[[Group], None]
    check: Callable[[], None]
    further: Iterable[tuple[str, str]] = ()
    on_rows: Callable[[int], None] | None = None


def plan_blocks(reading: Reading, storage: Storage, rows_a_block: Callable[[int], int]) -> Plan:
    """Writes the blocks, and tells how many rows and blocks there are; what was learned is for the caller to add.

    Raises:
        NegdataError: a row can't be used and that is refused, an id stands twice, the source has too few rows for its
            offset, or blocks can't be written.
    """
    first = FirstPass(reading.source, reading.bad_rows, reading.on_rows, reading.slice, ids=Unchecked())
    with Grouping() as grouping:
        for record in first.good_rows():
            reading.see(record, first)
            grouping.add(record, taken=first.taking)
        first.check_offset()
        grouping.check_ids(reading.source.path)
        reading.check()
        for image, caption in reading.further:
            grouping.add_further(image, caption)
        bad = _bad_rows(reading) if first.bad else ()
        blocks = write_blocks(storage, _seen(grouping.groups(), reading.see_group), bad, rows_a_block(first.taken))
    return Plan(rows=first.taken, whole=first.whole, blocks=blocks)


class Unchecked:
    """Takes any id: the grouping finds those that stand twice, and on disk."""

    def add(self, id: str) -> bool:
        """True."""
        del id
        return True


def _bad_rows(reading: Reading) -> Iterator[FailedCaption]:
    return (row.record for row in reading.slice.rows(reading.source) if isinstance(row, BadRow))


def _seen(groups: Iterable[Group], see: Callable[[Group], None]) -> Iterator[Group]:
    for group in groups:
        see(group)
        yield group
