"""What rules that never read the phrase would earn on a benchmark of regions.

Each rule picks a region by its box alone. A benchmark on which one of them does better than chance can be answered
without knowing what was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from negdata.benchmark.crops import area
from negdata.benchmark.negatives import Choice
from negdata.benchmark.regions import Box, ReferredImage

Size = tuple[int, int]
Rule = Callable[[Box, Size], float]


def _centre(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def _from_centre(box: Box, size: Size) -> float:
    x, y = _centre(box)
    return float((x - size[0] / 2) ** 2 + (y - size[1] / 2) ** 2)


BOX_RULES: dict[str, Rule] = {
    "smaller crop": lambda box, _: -area(box),
    "larger crop": lambda box, _: area(box),
    "left": lambda box, _: -_centre(box)[0],
    "right": lambda box, _: _centre(box)[0],
    "upper": lambda box, _: -_centre(box)[1],
    "lower": lambda box, _: _centre(box)[1],
    "nearest the centre": lambda box, size: -_from_centre(box, size),
    "farthest from the centre": _from_centre,
}
"""Rule → how much it likes a crop in an image of a size; it picks the one that it likes best."""


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
    size = (image.width, image.height)
    chance = 1 / len(choice.crops)
    found = {name: credit([rule(crop, size) for crop in choice.crops], 0) - chance for name, rule in BOX_RULES.items()}
    category = choice.regions[0].category
    if category in frequent:
        found |= {f"{name}, category {category}": value for name, value in found.items()}
    return found
