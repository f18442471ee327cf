"""What the scorers of all kinds of benchmarks share: credit becomes figures, failures become counts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from negdata.benchmark.definition import published_for
from negdata.benchmark.evaluate.report import BlindRule, Figure, ModelScores, Published, Share
from negdata.benchmark.evaluate.statistics import wilson
from negdata.errors import NegdataError
from negdata.manifest import read_manifest

Line = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Scored:
    """A model on a benchmark.

    Attributes:
        scores: its figures.
        credits: of each item, in the order of the file; None where it couldn't be scored. Models are compared by it;
            empty where the benchmark has no single outcome an item.
        lines: of ``--predictions``: everything that the figures can be counted from.
        further: the same for other metrics: of each query, by the metric's name.
    """

    scores: ModelScores
    credits: Sequence[float | None]
    lines: Iterator[Line]
    further: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    @property
    def outcomes(self) -> dict[str, Sequence[float | None]]:
        """The credits of every metric that is a mean of credits, in the order of the figures."""
        known = {self.scores.figures[0].metric: self.credits, **self.further}
        return {one.metric: known[one.metric] for one in self.scores.figures if known.get(one.metric)}


def share(credits: Sequence[float]) -> Share:
    """The mean credit of items, and Wilson's interval."""
    right = math.fsum(credits)
    low, high = wilson(right, len(credits)) or (None, None)
    return Share(value=right / len(credits), n=len(credits), low=low, high=high)


def figure(
    metric: str,
    credits: Sequence[float],
    *,
    suite: str | None,
    of: int,
    chance: float | None = None,
    blind: BlindRule | None = None,
    groups: dict[str, dict[str, Share]] | None = None,
) -> Figure:
    """The figure that is the mean credit of items; ``suite`` is the one whose published scores go with it."""
    return Figure(
        **share(credits).model_dump(),
        metric=metric,
        of=of,
        chance=chance,
        blind=blind,
        published=[] if suite is None else published(suite, metric),
        groups=groups or {},
    )


def by_group(items: Iterable[tuple[Mapping[str, str], float]]) -> dict[str, dict[str, Share]]:
    """The mean credit of each group of items, groups in the order of their names."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for groups, credit in items:
        for key, group in groups.items():
            found[key][group].append(credit)
    return {key: {group: share(credits) for group, credits in sorted(of.items())} for key, of in found.items()}


def published(suite: str, metric: str) -> list[Published]:
    """What others scored by this metric."""
    return [
        Published(model=one.model, value=round(one.value / 100, 6), source=one.source)
        for one in published_for(suite)
        if one.metric == metric
    ]


def published_suite(suite: str, path: Path) -> str | None:
    """The suite whose published scores go with a file; None for an edition on which nothing was published.

    A file that ``negdata build-bench`` made has a manifest beside it, which names its definition.
    """
    with suppress(NegdataError):
        manifest = read_manifest(path.with_name(f"{path.stem}.manifest.json"))
        made_as = manifest.settings.get("definition") if manifest is not None else None
        if isinstance(made_as, str) and not published_for(suite, made_as.partition("@")[0]):
            return None
    return suite


def require_some(scored: int, failed: Counter[str], path: object) -> None:
    """Raises NegdataError where nothing of a benchmark could be scored."""
    if not scored:
        raise NegdataError(
            f"Nothing of {path} can be scored: {told(failed)}.",
            "Check that --images is the folder of this benchmark's images.",
        )


def require_numbers(model: str, path: object, what: str, bad: Sequence[str], of: int) -> None:
    """Raises NegdataError where scores are no finite numbers."""
    if bad:
        raise NegdataError(
            f"{model} gives scores that are no finite numbers (NaN or infinity) on {len(bad):,} of {of:,} {what} of "
            f"{path}, the first of them {bad[0]!r}.",
            "The model is broken, or overflows: try --dtype float32. (--scoring paper counts such scores as the "
            "published evaluator does, which may make them right.)",
        )


def told(failed: Mapping[str, int]) -> str:
    """Counts by code, for people."""
    return ", ".join(f"{count:,} {code}" for code, count in Counter(failed).most_common()) or "it is empty"
