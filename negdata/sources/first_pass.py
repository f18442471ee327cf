"""The first of two passes over a source: its rows are counted, their ids are checked, bad ones are collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol

from negdata.errors import NegdataError
from negdata.idset import IdSet
from negdata.records import CaptionRecord
from negdata.sources.base import BadRow, Source, refuse_bad_rows
from negdata.sources.slices import EVERYTHING, Slice, row_id

BAD_ROWS_SHOWN = 20


class Ids(Protocol):
    """Ids that were met."""

    def add(self, id: str) -> bool:
        """Adds one; False where it was met before."""


class FirstPass:
    """What the first pass over a source tells.

    Attributes:
        rows: how many rows it has, bad ones included; complete once ``good_rows`` is used up. While that goes on, it is
            the number of the row at hand.
        bad: how many of them can't be used.
        whole: how many rows the slice spans, those of all shards together.
        taken: how many of these the run takes; ``taking`` says whether the row at hand is one.
    """

    def __init__(
        self,
        source: Source,
        bad_rows: Literal["refuse", "fail"],
        on_rows: Callable[[int], None] | None = None,
        slice: Slice = EVERYTHING,
        ids: Ids | None = None,
    ) -> None:
        """``ids``: what finds ids that stand twice; None: a set in memory."""
        self.rows = 0
        self.bad = 0
        self.whole = 0
        self.taken = 0
        self.taking = False
        self._slice = slice
        self._ids = ids
        self._source = source
        self._bad_rows = bad_rows
        self._on_rows = on_rows
        self._shown: list[BadRow] = []

    def good_rows(self) -> Iterator[CaptionRecord]:
        """Every row that can be used.

        Raises:
            NegdataError: an id stands twice; at the end: there are bad rows, which ``bad_rows`` refuses, or no others.
        """
        seen = self._ids or IdSet()
        for row in self._source.rows():
            self.rows += 1
            if self._on_rows is not None and self.rows % 1_000 == 0:
                self._on_rows(self.rows)
            identity = row_id(row)
            if not seen.add(identity):
                raise NegdataError(
                    f"{self._source.path} has the id {identity!r} twice (row {self.rows:,} is the second).",
                    "Ids are what a run resumes by; give each row its own.",
                )
            self.whole += self._slice.spans(self.rows)
            self.taking = self._slice.takes(self.rows, identity)
            self.taken += self.taking
            if isinstance(row, BadRow):
                self.bad += 1
                if len(self._shown) < BAD_ROWS_SHOWN:
                    self._shown.append(row)
            else:
                yield row
        if self.bad and (self._bad_rows == "refuse" or self.bad == self.rows):
            raise refuse_bad_rows(self._source.path, self._shown, self.bad, self.rows)

    def check_offset(self) -> None:
        """Raises NegdataError where the slice's offset leaves no rows."""
        if self._slice.offset >= self.rows:
            raise NegdataError(
                f"--offset {self._slice.offset} passes over all {self.rows} rows of {self._source.path}.",
                "Give a smaller one.",
            )
