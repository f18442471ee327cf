"""Whether one model is better than another, on the items that both were scored on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from negdata.benchmark.evaluate.report import Comparison
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.evaluate.statistics import bootstrap_difference, mcnemar


def compare(scored: Sequence[Scored], *, baseline: str | None, seed: int) -> list[Comparison]:
    """Each pair of models, the one named first as a; where there is a baseline, only it with each of the others."""
    return [_compared(a, b, seed) for a, b in _pairs(scored, baseline) if a.credits and b.credits]


def _pairs(scored: Sequence[Scored], baseline: str | None) -> Iterator[tuple[Scored, Scored]]:
    if baseline is None:
        yield from combinations(scored, 2)
        return
    (base,) = (one for one in scored if one.scores.model == baseline)
    yield from ((base, one) for one in scored if one is not base)


def _compared(a: Scored, b: Scored, seed: int) -> Comparison:
    pairs = [
        (one, other) for one, other in zip(a.credits, b.credits, strict=True) if one is not None and other is not None
    ]
    of_a, of_b = [one for one, _ in pairs], [other for _, other in pairs]
    low, high = bootstrap_difference(of_a, of_b, seed=seed)
    tested = mcnemar(of_a, of_b)
    return Comparison(
        metric=a.scores.figures[0].metric,
        a=a.scores.model,
        b=b.scores.model,
        difference=(sum(of_b) - sum(of_a)) / len(pairs),
        low=low,
        high=high,
        p_value=tested.p_value,
        only_a=tested.only_a,
        only_b=tested.only_b,
        n=len(pairs),
    )
