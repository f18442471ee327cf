"""How sure a score is, and how sure it is that one model is better than another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from negdata.filter.check.figures import wilson

__all__ = [
    "Discordance",
    "bootstrap_difference",
    "chance_of_hit",
    "expected_hit",
    "f1_interval",
    "mcnemar",
    "mean_of_shares",
    "wilson",
]

RESAMPLES = 10_000
CONFIDENCE = 0.95
_Z = 1.959964
_BLOCK = 1 << 22
"""Numbers that are drawn at once, at most."""


@dataclass(frozen=True, slots=True)
class Discordance:
    """Where two models differ on the same items.

    Attributes:
        p_value: how likely so uneven a split is if neither is better; two-sided, exact.
        only_a: items on which the first has more credit.
        only_b: items on which the second has.
    """

    p_value: float
    only_a: int
    only_b: int


def mcnemar(a: Sequence[float], b: Sequence[float]) -> Discordance:
    """McNemar's exact test of paired outcomes: 1 for right, 0 for wrong, a share where a tie was shared.

    A pair counts for whichever model has more credit, however much more, so that a half against a nought weighs like a
    one against a nought; equal credit counts for neither. Of outcomes 0 and 1 alone that is McNemar's test, in general
    the sign test.
    """
    only_a = sum(one > other for one, other in zip(a, b, strict=True))
    only_b = sum(one < other for one, other in zip(a, b, strict=True))
    total, fewer = only_a + only_b, min(only_a, only_b)
    # Logarithms, as the coefficients of some thousand pairs are beyond any float.
    tail = math.fsum(math.exp(_log_choose(total, count) - total * math.log(2)) for count in range(fewer + 1))
    return Discordance(min(1.0, 2 * tail), only_a, only_b)


def bootstrap_difference(a: Sequence[float], b: Sequence[float], *, seed: int) -> tuple[float, float]:
    """The 95 % interval of the mean of b less that of a, from ``RESAMPLES`` resamples of the items (percentiles).

    To draw items with replacement is to draw how many of each difference there are, which takes no more memory for more
    items.
    """
    import numpy as np

    values, counts = np.unique(np.asarray(b, np.float64) - np.asarray(a, np.float64), return_counts=True)
    generator = np.random.default_rng(seed)
    at_once = max(1, min(RESAMPLES, _BLOCK // len(values)))
    means = [
        generator.multinomial(len(a), counts / len(a), size=min(at_once, RESAMPLES - begun)) @ values / len(a)
        for begun in range(0, RESAMPLES, at_once)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def f1_interval(hits: int, alarms: int, misses: int) -> tuple[float, float] | None:
    """The 95 % interval of F1, 2 hits / (2 hits + alarms + misses).

    It is 2 s / (1 + s) of the share s of hits among hits, alarms and misses, whose interval is Wilson's.
    """
    found = wilson(hits, hits + alarms + misses)
    return None if found is None else (2 * found[0] / (1 + found[0]), 2 * found[1] / (1 + found[1]))


def mean_of_shares(shares: Sequence[tuple[float, int]]) -> tuple[float, float, float]:
    """The mean of several shares, each (successes, total), and its 95 % interval.

    The variance of each share is taken with a half of a success and a half of a failure added, since a class of three
    images that are all right is not known to be right for ever.
    """
    mean = math.fsum(right / total for right, total in shares) / len(shares)
    softened = [((right + 0.5) / (total + 1), total) for right, total in shares]
    deviation = math.sqrt(math.fsum(p * (1 - p) / total for p, total in softened)) / len(shares)
    return mean, max(0.0, mean - _Z * deviation), min(1.0, mean + _Z * deviation)


def expected_hit(better: int, tied: int, right: int, k: int) -> float:
    """How likely a right candidate is among the best ``k`` when those that tie stand in random order.

    Args:
        better: wrong candidates that score higher than the best right one.
        tied: candidates that score like it, itself included.
        right: right ones among these.
        k: how many are looked at.
    """
    places = k - better
    if places <= 0:
        return 0.0
    if places > tied - right:
        return 1.0
    return 1.0 - math.prod((tied - right - drawn) / (tied - drawn) for drawn in range(places))


def chance_of_hit(candidates: int, right: int, k: int) -> float:
    """How likely a right candidate is among ``k`` drawn at random."""
    return expected_hit(0, candidates, right, k)


def _log_choose(total: int, count: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
