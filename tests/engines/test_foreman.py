"""One account of all workers: budget, pauses, sums."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.engines.foreman import Foreman, Told, progress_of, too_many
from negdata.limits import Limits
from negdata.manifest import Usage


def test_failures_of_all_workers_count_together() -> None:
    foreman = Foreman(Limits(max_failures=0.1))
    assert foreman.report(0, Told(kept=50, failed=5)).stop is None
    assert foreman.report(1, Told(kept=44, failed=6)).stop == "failures"
    assert foreman.report(0, Told(kept=50, failed=5)).stop == "failures"


def test_what_earlier_runs_had_done_is_no_part_of_the_budget() -> None:
    foreman = Foreman(Limits(max_failures=0.1))
    assert foreman.report(0, Told(kept=1_000, failed=9, resumed=950)).stop is None
    assert foreman.report(0, Told(kept=1_040, failed=12, resumed=950)).stop == "failures"


def test_a_block_that_is_told_of_anew_counts_once() -> None:
    foreman = Foreman(Limits())
    foreman.report(3, Told(kept=10))
    foreman.report(3, Told(kept=4, resumed=2))
    assert foreman.sum().kept == 4
    foreman.finish(3, Told(kept=12, resumed=2, in_flight=4))
    assert (foreman.sum().kept, foreman.sum().in_flight) == (12, 0)


def test_a_pause_of_one_worker_is_a_pause_of_all() -> None:
    foreman = Foreman(Limits())
    foreman.report(0, Told(pause=5.0))
    assert 4.5 < foreman.report(1, Told()).pause <= 5.0


def test_many_workers_report_less_often() -> None:
    foreman = Foreman(Limits())
    assert foreman.report(0, Told()).again == 0.3
    for block in range(1, 1_000):
        orders = foreman.report(block, Told())
    assert orders.again == 5.0


def test_stop_is_told_to_everyone() -> None:
    foreman = Foreman(Limits())
    foreman.stop("interrupted")
    assert foreman.report(0, Told()).stop == "interrupted"


def test_requests_a_minute_are_of_all_workers() -> None:
    async def two_workers() -> float:
        foreman = Foreman(Limits(rpm=600))  # ten at once, then ten a second
        began = time.monotonic()
        await asyncio.gather(*(foreman.take(None, 0.0) for _ in range(20)))
        return time.monotonic() - began

    assert asyncio.run(two_workers()) > 0.8


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_the_sum_is_that_of_the_last_words(reports: list[tuple[int, int, int, int]]) -> None:
    foreman = Foreman(Limits(max_failures=1.0))
    last: dict[int, Told] = {}
    for block, kept, rejected, failed in reports:
        last[block] = Told(kept, rejected, failed, usage=Usage(requests=kept))
        foreman.report(block, last[block])
    total = foreman.sum()
    assert total.kept == sum(told.kept for told in last.values()) == total.usage.requests
    assert total.finished == sum(told.finished for told in last.values())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90), st.integers(0, 9), st.booleans()), max_size=40))
def test_the_budget_is_checked_against_the_last_words_of_all(reports: list[tuple[int, int, int, bool]]) -> None:
    limits = Limits(max_failures=0.1)
    foreman = Foreman(limits)
    under_way: dict[int, Told] = {}
    done: list[Told] = []
    stop = False
    for block, kept, failed, is_last in reports:
        told = Told(kept, 0, failed, resumed=kept // 3)
        if is_last:
            foreman.finish(block, told)
            under_way.pop(block, None)
            done.append(told)
        else:
            foreman.report(block, told)
            under_way[block] = told
        all_told = [*done, *under_way.values()]
        stop = stop or limits.over_budget(sum(one.failed for one in all_told), sum(one.finished for one in all_told))
        assert (foreman.stopped() == "failures") is stop


def test_progress_counts_what_was_done_before() -> None:
    progress = progress_of(
        Told(kept=5, failed=1, resumed=2), total=40, before=Told(kept=20, rejected=3, resumed=23), seconds=2.0
    )
    assert (progress.kept, progress.rejected, progress.failed, progress.resumed) == (25, 3, 1, 25)


def test_too_many_failures_are_told_with_what_was_said() -> None:
    error = too_many(Told(kept=90, failed=11, errors={"unavailable": 9, "bad-reply": 2}, message="no server"))
    assert "11 of 101" in error.problem
    assert "unavailable: no server" in error.problem
    with pytest.raises(type(error)):
        raise error
