"""What rules that never read the phrase score on a benchmark of regions, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pydantic import BaseModel, ConfigDict

from negdata.benchmark.blindness import BOX_RULES, credit
from negdata.benchmark.items import RegionItem
from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import View
from negdata.filter.check.figures import wilson


class Bias(BaseModel):
    """The accuracy of a rule that never reads the phrase, from 0 to 1, with its 95 % interval (Wilson).

    Attributes:
        category: the one to whose items the rule was put; None for all.
        n: how many those are.
        chance: the mean of 1 / regions over them.
    """

    model_config = ConfigDict(extra="forbid")

    rule: str
    category: str | None
    n: int
    accuracy: float
    low: float
    high: float
    chance: float

    @property
    def excess(self) -> float:
        """Above chance, from -1 to 1."""
        return self.accuracy - self.chance


def biases(items: Sequence[RegionItem], *, category_of: int) -> list[Bias]:
    """Every rule on all items, and on those of each category with at least ``category_of`` of them."""
    found = _of(items, None)
    for category in sorted({item.category for item in items}):
        those = [item for item in items if item.category == category]
        if category_of <= len(those) < len(items):
            found += _of(those, category)
    return found


def worst(found: Sequence[Bias]) -> Bias | None:
    """The rule that does best beyond chance."""
    return max(found, key=lambda bias: bias.excess, default=None)


def _of(items: Sequence[RegionItem], category: str | None) -> list[Bias]:
    if not items:
        return []
    rules: dict[str, Callable[[RegionItem], list[float]]] = {
        name: partial(_by_box, rule) for name, rule in BOX_RULES.items()
    }
    rules["first"] = lambda item: [-float(at) for at in range(len(item.bbox_list))]
    rules["last"] = lambda item: [float(at) for at in range(len(item.bbox_list))]
    chance = sum(1 / len(item.bbox_list) for item in items) / len(items)
    measured = []
    for name, scores in rules.items():
        earned = sum(credit(scores(item), item.bbox_list.index(item.ref_bbox)) for item in items)
        low, high = wilson(earned, len(items)) or (0.0, 1.0)
        measured.append(
            Bias(
                rule=name,
                category=category,
                n=len(items),
                accuracy=earned / len(items),
                low=low,
                high=high,
                chance=chance,
            )
        )
    return measured


def _by_box(rule: Callable[[Box, View], float], item: RegionItem) -> list[float]:
    return [rule(box, View(item.image, box, item.image_size)) for box in item.bbox_list]
