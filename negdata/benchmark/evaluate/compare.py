"""Whether one model is better than another, on the items that both were scored on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from negdata.benchmark.evaluate.report import Comparison
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.evaluate.statistics import bootstrap_difference, mcnemar


def compare(scored: Sequence[Scored], *, baseline: str | None, seed: int) -> list[Comparison]:
    """Each pair of models by each metric whose credits are known, the one named first as a.

    Where there is a baseline, it is a, and only it is compared with each of the others. Metrics come in the order of
    the figures.
    """
    metrics = scored[0].outcomes if scored else {}
    return [
        _compared(metric, a, b, seed)
        for metric in metrics
        for a, b in _pairs(scored, baseline)
        if metric in a.outcomes and metric in b.outcomes
    ]


def _pairs(scored: Sequence[Scored], baseline: str | None) -> Iterator[tuple[Scored, Scored]]:
    if baseline is None:
        yield from combinations(scored, 2)
        return
    (base,) = (one for one in scored if one.scores.model == baseline)
    yield from ((base, one) for one in scored if one is not base)


def _compared(metric: str, a: Scored, b: Scored, seed: int) -> Comparison:
    pairs = [
        (one, other)
        for one, other in zip(a.outcomes[metric], b.outcomes[metric], strict=True)
        if one is not None and other is not None
    ]
    of_a, of_b = [one for one, _ in pairs], [other for _, other in pairs]
    low, high = bootstrap_difference(of_a, of_b, seed=seed)
    tested = mcnemar(of_a, of_b)
    return Comparison(
        metric=metric,
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
