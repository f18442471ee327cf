"""Scores zero-shot classification: an image is of the class whose prompts, averaged, fit it best."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from negdata.benchmark.evaluate.encode import Encoded
from negdata.benchmark.evaluate.plan import Sight, Wording
from negdata.benchmark.evaluate.report import BlindRule, Figure, ModelScores
from negdata.benchmark.evaluate.scored import Line, Scored, figure, published, require_numbers, require_some
from negdata.benchmark.evaluate.similarity import rows_of_similarities
from negdata.benchmark.evaluate.statistics import expected_hit, mean_of_shares
from negdata.benchmark.evaluate.ties import Rank, Scoring
from negdata.benchmark.suites.base import ClassBench, View
from negdata.benchmark.suites.blind import commonest_share
from negdata.pictures import BadImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOP = (1, 5)
IMAGENET = 1_000
"""Its classes: what is published on zero-shot classification is published on it."""


def score_classes(bench: ClassBench, models: Sequence[Encoded], scoring: Scoring) -> list[Scored]:
    """The scores of each model.

    Raises:
        NegdataError: nothing can be scored, or scores are no numbers where only numbers are taken.
    """
    sights = [Sight(bench.root, View(name)) for name in bench.images]
    failures = {place: models[0].failed[sight] for place, sight in enumerate(sights) if sight in models[0].failed}
    failed = Counter(failure.code for failure in failures.values())
    there = [place for place in range(len(sights)) if place not in failures]
    require_some(len(there), failed, bench.path)

    def score(model: Encoded) -> Scored:
        rows = rows_of_similarities(model.views([sights[place] for place in there]), _heads(bench, model))
        ranks = {place: scoring.rank(row, (bench.labels[place],)) for place, row in zip(there, rows, strict=True)}
        bad = [bench.images[place] for place, rank in ranks.items() if not rank.is_number]
        if scoring.takes_numbers_only:
            require_numbers(model.model, bench.path, "images", bad, len(ranks))
        scores = ModelScores(
            model=model.model,
            figures=_figures(bench, ranks),
            failed=dict(failed),
            partial=bool(failed),
            ties=sum(rank.tied > 1 for rank in ranks.values()),
            not_numbers=len(bad),
        )
        tops = {
            f"top-{k}": [_hit(ranks[place], k) if place in ranks else None for place in range(len(sights))] for k in TOP
        }
        return Scored(scores, tops[f"top-{TOP[0]}"], _lines(bench, ranks, failures), tops)

    return [score(model) for model in models]


def _heads(bench: ClassBench, model: Encoded) -> NDArray[np.float64]:
    """A row of length 1 for each class: the mean of its prompts."""
    import numpy as np

    means = np.stack(
        [
            np.asarray(model.texts([Wording(prompt) for prompt in prompts]), np.float64).mean(axis=0)
            for prompts in bench.prompts
        ]
    )
    with np.errstate(all="ignore"):
        heads: NDArray[np.float64] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return heads


def _hit(rank: Rank, k: int) -> float:
    return expected_hit(rank.better, rank.tied, rank.right, k)


def _figures(bench: ClassBench, ranks: Mapping[int, Rank]) -> list[Figure]:
    classes = len(bench.classes)
    suite = bench.suite if classes == IMAGENET else None
    labels = tuple(bench.labels[place] for place in ranks)
    blind = BlindRule(rule="always the commonest class", value=commonest_share(replace(bench, labels=labels)))
    tops = [
        figure(
            f"top-{k}",
            [_hit(rank, k) for rank in ranks.values()],
            suite=suite,
            of=len(bench.images),
            chance=k / classes,
            blind=blind if k == 1 else None,
        )
        for k in TOP
        if k == 1 or classes >= k
    ]
    by_class: dict[int, list[float]] = defaultdict(list)
    for place, rank in ranks.items():
        by_class[bench.labels[place]].append(_hit(rank, 1))
    mean, low, high = mean_of_shares([(sum(credits), len(credits)) for credits in by_class.values()])
    metric = "mean per class"
    per_class = Figure(
        metric=metric,
        value=mean,
        low=low,
        high=high,
        n=len(ranks),
        of=len(bench.images),
        chance=1 / classes,
        published=[] if suite is None else published(suite, metric),
    )
    return [*tops, per_class]


def _lines(bench: ClassBench, ranks: Mapping[int, Rank], failures: Mapping[int, BadImage]) -> Iterator[Line]:
    for place, image in enumerate(bench.images):
        line: Line = {"id": image, "image": image, "right": bench.classes[bench.labels[place]]}
        if place in ranks:
            rank = ranks[place]
            line["chosen"] = bench.classes[rank.best]
            line |= {"rank": rank.better + 1, "tied": rank.tied, "tied_right": rank.right}
        else:
            line |= {"error": failures[place].code, "message": str(failures[place])}
        yield line
