"""Samples of a run's progress: few, in order, ending at what is true now, whatever number of runs they are of."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.throughput import MOST, Sample, Throughput


def run(earlier: list[Sample], steps: list[float]) -> list[Sample]:
    """The samples after a run that looked at the clock after each of these waits, and made a record in each."""
    throughput = Throughput(earlier)
    seconds, kept = (earlier[-1][0], earlier[-1][1]) if earlier else (0.0, 0)
    for wait in steps:
        seconds, kept = seconds + wait, kept + 1
        throughput.add(seconds, kept, 0, 0)
    return throughput.until(seconds, kept, 0, 0)


waits = st.lists(st.floats(0, 50), max_size=60).map(lambda few: few * 20)


@settings(deadline=None)
@given(first=waits, second=waits)
def test_there_are_few_and_they_rise_over_resumed_runs(first: list[float], second: list[float]) -> None:
    before = run([], first)
    after = run(before, second)
    for samples in (before, after):
        assert len(samples) <= MOST + 1
        assert [one[0] for one in samples] == sorted({one[0] for one in samples})
        assert [one[1] for one in samples] == sorted(one[1] for one in samples)
    assert after[-1][1] == len(first) + len(second)


def test_a_short_run_is_sampled_finely_and_a_long_one_coarsely() -> None:
    assert len(run([], [0.1] * 50)) > 20
    long = run([], [0.1] * 36_000)
    assert MOST // 3 < len(long) <= MOST + 1
    gaps = [later[0] - sooner[0] for sooner, later in pairwise(long[:-1])]
    assert max(gaps) < 2.5 * min(gaps)


def test_records_that_failed_are_tried_again() -> None:
    throughput = Throughput([(10.0, 5, 0, 3)])
    throughput.add(10.2, 5, 0, 0)
    assert throughput.until(11.0, 8, 0, 0) == [(10.0, 5, 0, 3), (10.2, 5, 0, 0), (11.0, 8, 0, 0)]
