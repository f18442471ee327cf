"""The first pass over a source: it counts, refuses ids that stand twice, and tells of all bad rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.records import CaptionRecord, FailedCaption
from negdata.shards import Shard
from negdata.sources import BadRow, Row
from negdata.sources.first_pass import BAD_ROWS_SHOWN, FirstPass
from negdata.sources.slices import EVERYTHING, Slice, row_id


class Rows:
    """A source in memory: a good row for each True, a bad one for each False."""

    format = "memory"
    path = Path("in.jsonl")

    def __init__(self, good: Sequence[bool], identity: Callable[[int], str] = str) -> None:
        self.unused: set[str] = set()
        self._good = good
        self._identity = identity

    def rows(self) -> Iterator[Row]:
        for number, good in enumerate(self._good, 1):
            name = self._identity(number)
            if good:
                yield CaptionRecord(id=name, caption="A cat.")
            else:
                record = FailedCaption(id=name, error="bad-row", message="null")
                yield BadRow(f"line {number}", "caption is null", record)

    def digest(self) -> str:
        return ""


@given(good=st.lists(st.booleans(), min_size=1, max_size=60), bad_rows=st.sampled_from(["refuse", "fail"]))
def test_rows_are_counted_and_bad_ones_refused_or_passed_over(
    good: list[bool], bad_rows: Literal["refuse", "fail"]
) -> None:
    first = FirstPass(Rows(good), bad_rows, None)
    numbers: list[int] = []

    def read() -> None:
        for row in first.good_rows():
            assert row.id == str(first.rows)
            numbers.append(first.rows)

    if not any(good) or (bad_rows == "refuse" and not all(good)):
        with pytest.raises(NegdataError) as refused:
            read()
        told = [number for number, one in enumerate(good, 1) if not one]
        assert refused.value.problem.count("caption is null") == min(len(told), BAD_ROWS_SHOWN)
        assert all(f"line {number}: " in refused.value.problem for number in told[:BAD_ROWS_SHOWN])
        assert (f"and {len(told) - BAD_ROWS_SHOWN} more" in refused.value.problem) is (len(told) > BAD_ROWS_SHOWN)
        assert ("--bad-rows fail" in refused.value.remedy) is any(good)
    else:
        read()
    assert numbers == [number for number, one in enumerate(good, 1) if one]
    assert (first.rows, first.bad) == (len(good), good.count(False))


def test_an_id_that_stands_twice_is_refused_at_once() -> None:
    for good in ([True] * 9, [True, True, False, True]):
        first = FirstPass(Rows(good, lambda number: f"n{number % 2}"), "fail", None)
        with pytest.raises(NegdataError, match=r"the id 'n1' twice \(row 3 is the second\)"):
            list(first.good_rows())


@given(
    good=st.lists(st.booleans(), min_size=1, max_size=30).filter(any),
    offset=st.integers(0, 40),
    limit=st.none() | st.integers(1, 40),
    of=st.integers(1, 4),
)
def test_both_passes_take_the_same_rows(good: list[bool], offset: int, limit: int | None, of: int) -> None:
    part = [str(number) for number in range(1, len(good) + 1)][offset : None if limit is None else offset + limit]
    seen: list[str] = []
    for index in range(1, of + 1):
        source, slice = Rows(good), Slice(offset, limit, Shard(index, of))
        first = FirstPass(source, "fail", None, slice)
        taken = [row.id for row in first.good_rows() if first.taking]
        again = list(slice.rows(source))
        assert [row.id for row in again if not isinstance(row, BadRow)] == taken
        assert (first.taken, first.whole) == (len(again), len(part))
        seen += map(row_id, again)
        if offset < len(good):
            first.check_offset()
        else:
            with pytest.raises(NegdataError, match=f"--offset {offset} passes over all {len(good)} rows"):
                first.check_offset()
    assert sorted(seen, key=int) == part


def test_what_no_shard_divides_is_taken_whole() -> None:
    source = Rows([True, False, True, True])
    assert [row_id(row) for row in EVERYTHING.rows(source)] == ["1", "2", "3", "4"]
    assert [row_id(row) for row in Slice(1, 2).rows(source)] == ["2", "3"]


def test_progress_is_told_every_thousand_rows() -> None:
    counted: list[int] = []
    first = FirstPass(Rows([True] * 2_999), "refuse", counted.append)
    assert len(list(first.good_rows())) == 2_999
    assert counted == [1_000, 2_000]
