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
from negdata.sources import BadRow, Row
from negdata.sources.first_pass import BAD_ROWS_SHOWN, FirstPass


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


@given(rows=st.integers(1, 30), offset=st.integers(0, 40), limit=st.none() | st.integers(1, 40))
def test_a_slice_is_what_the_rows_leave(rows: int, offset: int, limit: int | None) -> None:
    first = FirstPass(Rows([True] * rows), "refuse", None)
    assert len(list(first.good_rows())) == rows
    whole = list(range(rows))
    part = whole[offset : None if limit is None else offset + limit]
    if not whole[offset:]:
        with pytest.raises(NegdataError, match=f"--offset {offset} passes over all {rows} rows"):
            first.check_offset(offset)
    else:
        first.check_offset(offset)
        assert first.slice_rows(offset, limit) == len(part)


def test_progress_is_told_every_thousand_rows() -> None:
    counted: list[int] = []
    first = FirstPass(Rows([True] * 2_999), "refuse", counted.append)
    assert len(list(first.good_rows())) == 2_999
    assert counted == [1_000, 2_000]
