"""Intervals and tests beside closed forms, other programs' values, and what happens when they are used many times."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from negdata.benchmark.evaluate.statistics import (
    bootstrap_difference,
    chance_of_hit,
    expected_hit,
    f1_interval,
    mcnemar,
    mean_of_shares,
    wilson,
)

np = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: the score interval of Wilson.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # statsmodels 0.14, proportion_confint(123.5, 220, method="wilson"): a tie that was shared.
        (123.5, 220, 0.4953, 0.6253),
    ],
)
def test_wilson(right: float, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p_value"),
    # scipy 1.17, binomtest(only_a, only_a + only_b, 0.5).pvalue
    [
        (12, 26, 0.03355243967962451),
        (1, 9, 0.021484375),
        (0, 5, 0.0625),
        (7, 7, 1.0),
        (0, 0, 1.0),
        (4_900, 5_200, 0.002926506228023293),
        (40_000, 40_700, 0.013870128598167823),
    ],
)
def test_mcnemar(only_a: int, only_b: int, p_value: float) -> None:
    a = [1.0] * only_a + [0.0] * only_b + [1.0, 0.0, 0.5]
    b = [0.0] * only_a + [1.0] * only_b + [1.0, 0.0, 0.5]
    tested = mcnemar(a, b)
    assert (tested.only_a, tested.only_b) == (only_a, only_b)
    assert tested.p_value == pytest.approx(p_value, rel=1e-8)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_sum(only_a: int, only_b: int) -> None:
    total, fewer = only_a + only_b, min(only_a, only_b)
    exact = min(Fraction(1), 2 * Fraction(sum(math.comb(total, one) for one in range(fewer + 1)), 2**total))
    tested = mcnemar([1.0] * only_a + [0.0] * only_b, [0.0] * only_a + [1.0] * only_b)
    assert tested.p_value == pytest.approx(float(exact), rel=1e-9)


def test_half_a_credit_counts_for_whoever_has_more() -> None:
    tested = mcnemar([0.5, 0.5, 1.0, 0.5], [0.0, 1.0, 0.5, 0.5])
    assert (tested.only_a, tested.only_b) == (2, 1)


def test_the_bootstrap_is_that_of_resampled_items() -> None:
    """Drawing how many of each kind there are is drawing the items themselves."""
    generator = np.random.default_rng(1)
    a, b = generator.integers(0, 2, 150) / 1.0, generator.integers(0, 3, 150) / 2.0
    drawn = generator.integers(0, 150, (10_000, 150))
    plain = np.quantile((b - a)[drawn].mean(axis=1), [0.025, 0.975])
    assert bootstrap_difference(a.tolist(), b.tolist(), seed=3) == pytest.approx(plain, abs=0.01)


def test_the_bootstrap_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(2)
    covered = 0
    for number in range(200):
        a, b = (generator.random(300) < 0.6) * 1.0, (generator.random(300) < 0.7) * 1.0
        low, high = bootstrap_difference(a.tolist(), b.tolist(), seed=number)
        covered += low <= 0.1 <= high
    assert 180 <= covered <= 199  # 95 % of 200 is 190; beyond these two lie 4 of 1,000 such runs


def test_the_bootstrap_is_seeded_and_of_equal_models_it_is_nought() -> None:
    a, b = [0.0] * 60, np.random.default_rng(9).random(60).tolist()
    assert bootstrap_difference(a, b, seed=5) == bootstrap_difference(a, b, seed=5)
    assert bootstrap_difference(a, b, seed=5) != bootstrap_difference(a, b, seed=6)
    assert bootstrap_difference(a, a, seed=5) == (0.0, 0.0)
    assert bootstrap_difference([0.0], [1.0], seed=5) == (1.0, 1.0)


def test_the_bootstrap_stays_small_however_many_kinds_there_are() -> None:
    import tracemalloc

    differences = np.random.default_rng(0).random(2_000)
    tracemalloc.start()
    low, high = bootstrap_difference([0.0] * len(differences), differences.tolist(), seed=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert low < differences.mean() < high
    assert peak < 150_000_000  # all resamples at once would be 320 MB


@example(0, 0, 125)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 500))
def test_f1_lies_in_its_interval_which_has_a_width(hits: int, alarms: int, misses: int) -> None:
    found = f1_interval(hits, alarms, misses)
    assert found is not None
    low, high = found
    assert 0 <= low <= 2 * hits / (2 * hits + alarms + misses) <= high <= 1
    assert low < high


def test_the_interval_of_f1_covers_it_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(6)
    shares = [0.4, 0.05, 0.1, 0.45]  # hits, alarms, misses, and what is rightly called absent
    truth = 2 * shares[0] / (2 * shares[0] + shares[1] + shares[2])
    covered = 0
    for hits, alarms, misses, _ in generator.multinomial(300, shares, 2_000).tolist():
        low, high = f1_interval(hits, alarms, misses) or (1.0, 0.0)
        covered += low <= truth <= high
    assert covered / 2_000 == pytest.approx(0.95, abs=0.015)


@given(st.integers(0, 3), st.integers(1, 4), st.data())
def test_expected_hits_are_those_of_all_orders(better: int, tied: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(1, tied))
    k = data.draw(st.integers(0, better + tied + 1))
    orders = list(permutations(range(tied)))
    hits = sum(any(one < right for one in order[: max(0, k - better)]) for order in orders)
    assert expected_hit(better, tied, right, k) == pytest.approx(hits / len(orders))


@given(st.integers(1, 10_000), st.integers(1, 50), st.integers(1, 20))
def test_chance_is_a_probability_that_grows_with_k(candidates: int, right: int, k: int) -> None:
    right = min(right, candidates)
    assert 0 < chance_of_hit(candidates, right, k) <= chance_of_hit(candidates, right, k + 1) <= 1
    assert chance_of_hit(candidates, 1, k) == pytest.approx(min(k, candidates) / candidates)


def test_the_mean_of_classes_that_are_all_right_is_not_certain() -> None:
    mean, low, high = mean_of_shares([(3.0, 3)] * 4)
    assert (mean, high) == (1.0, 1.0)
    assert 0.7 < low < 1.0


def test_the_mean_of_classes_is_covered_about_as_often_as_said() -> None:
    generator = np.random.default_rng(4)
    chances = generator.uniform(0.3, 0.99, 20)
    covered = 0
    for _ in range(500):
        _, low, high = mean_of_shares([(float(right), 12) for right in generator.binomial(12, chances)])
        covered += low <= chances.mean() <= high
    assert covered / 500 >= 0.94
