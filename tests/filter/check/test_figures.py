"""Every figure of a check equals a plain count."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from negdata.filter.check.figures import (
    BINS,
    Confusion,
    TrustedThreshold,
    calibration,
    confusion,
    trusted_absence,
    trusted_presence,
    wilson,
)
from negdata.records import CheckedAnswer, Verdict

Pair = tuple[float, bool]
PAIRS = st.lists(
    st.tuples(st.floats(0, 1) | st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.7, 0.9, 1.0]), st.booleans()), max_size=40
)


def answers(*said: tuple[bool, bool | None]) -> list[CheckedAnswer]:
    return [
        CheckedAnswer(id=str(number), truth=truth, verdict=Verdict(present=present, verifier="v"))
        for number, (truth, present) in enumerate(said)
    ]


@settings(deadline=None)
@given(said=st.lists(st.tuples(st.booleans(), st.sampled_from([True, False, None])), max_size=30))
def test_verdicts_are_counted_by_what_is_true(said: list[tuple[bool, bool | None]]) -> None:
    made = answers(*said)
    for truth in (True, False):
        found = confusion(made, truth)
        assert found == Confusion(
            absent=len([1 for one in said if one == (truth, False)]),
            present=len([1 for one in said if one == (truth, True)]),
            unsure=len([1 for one in said if one == (truth, None)]),
        )
        assert found.total == len([1 for one, _ in said if one is truth])


@settings(deadline=None)
@given(pairs=PAIRS)
@example(pairs=[(math.nextafter(0.7, 0), True), (0.7, False), (math.nextafter(0.7, 1), True)])
def test_calibration_is_that_of_the_formula(pairs: list[Pair]) -> None:
    error, bins = calibration(pairs)
    expected = 0.0
    for number, found in enumerate(bins):
        low, high = number / 10, (number + 1) / 10
        inside = [one for one in pairs if low <= one[0] < high or (number == 9 and one[0] == 1.0)]
        assert (found.low, found.high, found.answers) == (low, high, len(inside))
        if not inside:
            assert (found.mean_p, found.share_present) == (None, None)
            continue
        mean = math.fsum(p for p, _ in inside) / len(inside)
        share = len([1 for _, truth in inside if truth]) / len(inside)
        assert found.mean_p == pytest.approx(mean)
        assert found.share_present == pytest.approx(share)
        expected += len(inside) / len(pairs) * abs(mean - share)
    assert len(bins) == BINS == 10
    if pairs:
        assert error == pytest.approx(expected)
    else:
        assert error is None


def test_known_calibration() -> None:
    # Half of 0.75 is true: 0.25 off. All of 0.95: 0.05 off. Two and one of three answers.
    error, _ = calibration([(0.75, True), (0.75, False), (0.95, True)])
    assert error == pytest.approx((2 * 0.25 + 0.05) / 3)
    assert calibration([(0.0, False), (1.0, True)])[0] == 0.0
    assert calibration([(0.0, True), (1.0, False)])[0] == 1.0


def widest(pairs: list[Pair], present: bool) -> TrustedThreshold | None:
    """By trying every threshold on the right side of one half."""
    best: TrustedThreshold | None = None
    of_all = len([1 for _, truth in pairs if truth is present])
    for threshold in sorted({p for p, _ in pairs if (p >= 0.5 if present else p <= 0.5)}, reverse=present):
        reached = [truth for p, truth in pairs if (p >= threshold if present else p <= threshold)]
        right = len([1 for truth in reached if truth is present])
        if Fraction(right, len(reached)) >= Fraction(99, 100):
            best = TrustedThreshold(
                threshold=threshold, precision=right / len(reached), recall=right / of_all, answers=len(reached)
            )
    return best


@settings(deadline=None)
@given(pairs=PAIRS)
@example(pairs=[(0.05, True)])
@example(pairs=[(1e-17, True), (0.0, False)])
@example(pairs=[(0.0, True), (0.0, False)])
def test_trusted_thresholds_are_the_widest_of_all(pairs: list[Pair]) -> None:
    assert trusted_absence(pairs) == widest(pairs, present=False)
    assert trusted_presence(pairs) == widest(pairs, present=True)


def test_one_wrong_in_a_hundred_is_trusted_and_two_are_not() -> None:
    right = [(0.1 + number / 1_000, False) for number in range(99)]
    one = trusted_absence([*right, (0.3, True), (0.4, True)])
    assert one == TrustedThreshold(threshold=0.3, precision=0.99, recall=1.0, answers=100)
    two = trusted_absence([*right, (0.0, True), (0.3, True)])
    assert two is not None
    assert (two.threshold, two.answers) == (right[-1][0], 100)


def test_nothing_is_trusted_where_nothing_is_right() -> None:
    assert trusted_absence([]) is None
    assert trusted_presence([]) is None
    assert trusted_absence([(0.1, True), (0.9, True)]) is None
    assert trusted_presence([(0.1, False), (0.9, False)]) is None


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        (50, 100, 0.4038, 0.5962),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (95, 100, 0.8882, 0.9785),
        (9_900, 10_000, 0.9879, 0.9918),
    ],
)
def test_known_intervals(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=1e-4)


def test_of_nothing_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


@settings(deadline=None)
@given(total=st.integers(1, 10**6), right=st.integers(0, 10**6))
def test_an_interval_holds_the_shares_that_a_test_does_not_refuse(total: int, right: int) -> None:
    right = min(right, total)
    interval = wilson(right, total)
    assert interval is not None
    low, high = interval
    share, z = right / total, NormalDist().inv_cdf(0.975)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    for bound in (low, high):
        if 1e-12 < bound < 1 - 1e-12:
            spread = math.sqrt(bound * (1 - bound) / total)
            assert abs(share - bound) == pytest.approx(z * spread, rel=1e-4, abs=1e-9)
