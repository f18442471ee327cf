"""A block: the rows of some images, as a compressed file of JSON lines that any worker can read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from negdata.records import CaptionRecord, FailedCaption, json_line

_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Group:
    """All rows of one image, in the order of their source.

    Attributes:
        rows: each with whether the run takes it; the others are there for what they say of the image.
        further: captions of the image from another source.
    """

    rows: tuple[tuple[CaptionRecord, bool], ...]
    further: tuple[str, ...] = ()

    @property
    def taken(self) -> int:
        """How many rows the run takes."""
        return sum(taken for _, taken in self.rows)


@dataclass(frozen=True, slots=True)
class Block:
    """What becomes one part: groups, and rows that can't be used."""

    groups: tuple[Group, ...]
    bad: tuple[FailedCaption, ...] = ()

    @property
    def taken(self) -> int:
        """How many rows the run takes."""
        return sum(group.taken for group in self.groups) + len(self.bad)

    def to_bytes(self) -> bytes:
        """The content of the block's file."""
        lines = [*(_bad_line(record) for record in self.bad), *map(_group_line, self.groups)]
        return gzip.compress(b"".join(lines), _LEVEL, mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> Block:
        """The block that a file of ours holds."""
        bad: list[FailedCaption] = []
        groups: list[Group] = []
        for line in filter(None, gzip.decompress(content).split(b"\n")):
            told: dict[str, Any] = json.loads(line)  # orjson makes floats of integers beyond 64 bits
            if "bad" in told:
                bad.append(FailedCaption.model_validate(told["bad"]))
            else:
                rows = tuple((CaptionRecord.model_validate(row), bool(taken)) for taken, row in told["rows"])
                groups.append(Group(rows, tuple(told.get("further", ()))))
        return cls(tuple(groups), tuple(bad))


def in_blocks(groups: Iterable[Group], bad: Iterable[FailedCaption], rows: int) -> Iterator[Block]:
    """Puts groups together to blocks of at least ``rows`` rows that the run takes, the last one excepted.

    A group of which no row is taken is left out. Bad rows come first, in blocks of their own.
    """
    waiting: list[FailedCaption] = []
    for record in bad:
        waiting.append(record)
        if len(waiting) == rows:
            yield Block((), tuple(waiting))
            waiting = []
    block: list[Group] = []
    taken = len(waiting)
    for group in groups:
        if group.taken:
            block.append(group)
            taken += group.taken
        if taken >= rows:
            yield Block(tuple(block), tuple(waiting))
            block, waiting, taken = [], [], 0
    if taken:
        yield Block(tuple(block), tuple(waiting))


def _group_line(group: Group) -> bytes:
    rows = [[int(taken), orjson.Fragment(record.to_line().rstrip(b"\n"))] for record, taken in group.rows]
    return orjson.dumps({"rows": rows, **({"further": group.further} if group.further else {})}) + b"\n"


def _bad_line(record: FailedCaption) -> bytes:
    return json_line({"bad": record.model_dump(mode="json", exclude_none=True)})
