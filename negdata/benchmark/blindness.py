"""What rules that never read the phrase would earn on a benchmark of regions.

Each rule picks a region by its box alone. A benchmark on which one of them does better than chance can be answered
without knowing what was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from negdata.benchmark.negatives import Choice
from negdata.benchmark.regions import Box, ReferredImage
from negdata.benchmark.suites.base import View
from negdata.benchmark.suites.blind import BOX_SCORES, CENTRE_SCORES

BOX_RULES: Mapping[str, Callable[[Box, View], float]] = BOX_SCORES | CENTRE_SCORES
"""Rule → how much it likes a crop; it picks the one that it likes best."""


def credit(scores: Sequence[float], right: int) -> float:
    """What a choice by scores earns: 1 for the right candidate, a share of it where several are equally good."""
    best = max(scores)
    tied = [at for at, score in enumerate(scores) if score == best]
    return 1 / len(tied) if right in tied else 0.0


def category_rules(categories: Iterable[int], least: int) -> frozenset[int]:
    """The categories that are frequent enough for a rule of their own."""
    return frozenset(category for category, number in Counter(categories).items() if number >= least)


def leanings(choice: Choice, image: ReferredImage, frequent: frozenset[int]) -> Mapping[str, float]:
    """For each rule what it earns on an item beyond chance; for frequent categories the rules within them too."""
    views = [View(image.file_name, crop, (image.width, image.height)) for crop in choice.crops]
    chance = 1 / len(views)
    found = {
        name: credit([rule(crop, view) for crop, view in zip(choice.crops, views, strict=True)], 0) - chance
        for name, rule in BOX_RULES.items()
    }
    category = choice.regions[0].category
    if category in frequent:
        found |= {f"{name}, category {category}": value for name, value in found.items()}
    return found
