"""Whether a model was trained on the images that it is scored on."""

from __future__ import annotations

from negdata.benchmark.suites.base import Bench, ChoiceBench, JudgeBench
from negdata.exclusion import trained_on


def seen_in_training(bench: Bench, model: str) -> int | None:
    """How many of a benchmark's images a model was trained on; None where its folder doesn't say.

    Raises:
        NegdataError: what the folder says can't be read.
    """
    trained = trained_on(model)
    return None if trained is None else sum(map(trained.holds, _images(bench)))


def _images(bench: Bench) -> set[str]:
    if isinstance(bench, ChoiceBench):
        return {view.image for item in bench.items for view in item.views}
    return {item.image for item in bench.items} if isinstance(bench, JudgeBench) else set(bench.images)
