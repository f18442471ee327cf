"""Copies the lines of outputs into one, and sees that nothing is missing, there twice or where it doesn't belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import orjson

from negdata.errors import NegdataError
from negdata.idset import IdSet
from negdata.merging.inputs import Input, shard_of
from negdata.merging.problems import SHOWN, Problems
from negdata.parts import KINDS, Lines
from negdata.sources.base import MAX_ID_CHARACTERS, shorten
from negdata.sources.jsonl import MAX_LINE_BYTES

MOST_ID_CHARACTERS = 2 * MAX_ID_CHARACTERS
"""The id of a visual question holds that of its caption beside its own."""
_ROWS_A_CALL = 1_000
_ROOM = 1_000_000
"""Ids that are given room at once, at most: a manifest may say anything."""
_AS_WRITTEN = "Restore the files as they were written, or run the command that makes them with --fresh."
_ONCE = "Give each output once, as it was written."


def copy_lines(
    inputs: Sequence[Input], write: Mapping[Lines, Callable[[bytes], None]], on_rows: Callable[[int], None] | None
) -> None:
    """Hands on every line of every input as it is, in the inputs' order.

    Args:
        inputs: as far as their manifests tell, one whole.
        write: takes the lines of a kind.
        on_rows: called with the number of lines so far.

    Raises:
        NegdataError: a line is no record, an id stands twice or belongs to another shard, or an input holds another
            number of records than its manifest counts; all of it at once.
    """
    problems = Problems()
    ids = IdSet(min(sum(max(one.counts.accounted, 0) for one in inputs), _ROOM))
    twice: dict[str, str] = {}
    rows = repeated = 0
    for one in inputs:
        shard = shard_of(one)
        for kind in KINDS:
            read = _Reading(one, kind)
            for id, line in read.records():
                write[kind](line)
                rows += 1
                if not ids.add(id):
                    repeated += 1
                    if len(twice) < SHOWN:
                        twice.setdefault(id, read.name)
                if shard is not None and not shard.owns(id):
                    problems.add(f"{read.name} holds the id {shorten(id)!r}, which isn't of shard {shard}", _ONCE)
                if on_rows is not None and rows % _ROWS_A_CALL == 0:
                    on_rows(rows)
            read.tell(problems)
    for id, first in _first_places(inputs, twice).items():
        problems.add(f"the id {shorten(id)!r} stands twice: in {first} and in {twice[id]}", _ONCE)
    problems.add_untold(repeated - len(twice))
    problems.raise_any()


class _Reading:
    """One file, or one kind of a folder, while it is read.

    Attributes:
        name: of the file, for people.
    """

    def __init__(self, one: Input, kind: Lines) -> None:
        self.name = one.name(kind)
        self._lines = one.lines(kind)
        self._counted = int(getattr(one.counts, kind))
        self._number = 0
        self._error: NegdataError | None = None

    def records(self) -> Iterator[tuple[str, bytes]]:
        """The id and the line of every record, up to the first that is none."""
        try:
            for line in self._lines:
                self._number += 1
                yield self._id(line), line
        except NegdataError as error:
            self._error = error

    def tell(self, problems: Problems) -> None:
        """Adds what was wrong with it."""
        if self._error is not None:
            problems.take(self._error)
        elif self._number != self._counted:
            problems.add(
                f"{self.name} holds {self._number:,} records where its manifest counts {self._counted:,}", _AS_WRITTEN
            )

    def _id(self, line: bytes) -> str:
        if not line.endswith(b"\n") or len(line) > MAX_LINE_BYTES:
            what = f"is longer than {MAX_LINE_BYTES >> 20} MB" if len(line) > MAX_LINE_BYTES else "is cut short"
            raise NegdataError(f"line {self._number} of {self.name} {what}", _AS_WRITTEN)
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        id = record.get("id") if isinstance(record, dict) else None
        if not isinstance(id, str) or len(id) > MOST_ID_CHARACTERS:
            raise NegdataError(f"line {self._number} of {self.name} is no record with an id", _AS_WRITTEN)
        return id


def _first_places(inputs: Sequence[Input], wanted: Mapping[str, str]) -> dict[str, str]:
    """Where ids stand first: they are looked for anew, since of the ids that were read no place is kept."""
    found: dict[str, str] = {}
    for one in inputs if wanted else ():
        for kind in KINDS:
            read = _Reading(one, kind)
            for id, _ in read.records():
                if id in wanted:
                    found.setdefault(id, read.name)
    return found
