"""The order in which candidates are put before a model."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from dataclasses import replace

from negdata.benchmark.suites.base import ChoiceItem


class Showing:
    """Decides in which order the candidates of an item are shown, that is, encoded.

    In published benchmarks the right candidate stands first, always or more often than not. A model whose scores depend
    on when it is shown something would profit, or suffer, without any sign of it. Here each position holds the right
    candidate equally often, one item more or less, among the items with as many candidates; which items those are, the
    seed says.

    A candidate is encoded once, for all items that have it. One that an earlier item had therefore stands before the
    others, and what that does to the balance is evened out by the items that are free. The order holds for candidates
    that are cut from one image, and for texts; images are read in the order in which they are first needed.

    Args:
        seed: of the order; None leaves candidates in the order of the file, as published evaluators do.
    """

    def __init__(self, seed: int | None) -> None:
        self._random = None if seed is None else random.Random(seed)
        self._shown: dict[Hashable, int] = {}

    def orders(self, items: Sequence[ChoiceItem]) -> list[tuple[int, ...]]:
        """For each item the places of its candidates in the order in which they are shown."""
        held: dict[int, list[int]] = {}
        orders = []
        for item in items:
            counts = held.setdefault(item.candidates, [0] * item.candidates)
            order = self._order(item, counts)
            counts[order.index(item.right)] += 1
            orders.append(order)
            for place in order:
                self._shown.setdefault(_candidates(item)[place], len(self._shown))
        return orders

    def _order(self, item: ChoiceItem, counts: Sequence[int]) -> tuple[int, ...]:
        candidates = _candidates(item)
        places = range(len(candidates))
        if self._random is None:
            return tuple(places)
        before = [place for place in places if candidates[place] in self._shown]
        before.sort(key=lambda place: self._shown[candidates[place]])
        fresh = [place for place in places if candidates[place] not in self._shown]
        self._random.shuffle(fresh)
        if item.right in fresh:
            fresh.remove(item.right)
            positions = range(len(before), len(candidates))
            fewest = min(counts[position] for position in positions)
            position = self._random.choice([one for one in positions if counts[one] == fewest])
            fresh.insert(position - len(before), item.right)
        return (*before, *fresh)


def as_shown(item: ChoiceItem, order: Sequence[int]) -> ChoiceItem:
    """The item with its candidates in this order."""
    views, texts = item.views, item.texts
    if len(views) > 1:
        views = tuple(views[place] for place in order)
    if len(texts) > 1:
        texts = tuple(texts[place] for place in order)
    return replace(item, views=views, texts=texts, right=order.index(item.right))


def _candidates(item: ChoiceItem) -> Sequence[Hashable]:
    return item.views if len(item.views) > 1 else item.texts
