"""Chooses items so that no rule that never reads the phrase does better than chance.

Each item comes with alternatives. Where a rule does too well, items change to another of their alternatives, and if
that isn't enough, some are left out: as few as a greedy search finds.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Leaning = tuple[float, ...]
"""For each rule what it earns on an item beyond chance, from -1 to 1."""
_COST_OF_AN_ITEM = 0.25
"""What leaving an item out has to gain more than changing one, in items by which rules are out of their bounds."""
_HALF_AN_ITEM = 0.5


@dataclass(frozen=True, slots=True)
class Balanced:
    """Which alternative of each item was taken; None for an item that was left out."""

    taken: tuple[int | None, ...]


def balance(leanings: Sequence[Sequence[Mapping[str, float]]], *, most: Mapping[str, float], seed: int) -> Balanced:
    """Takes an alternative of each item, or none, so that each rule's mean leaning is within its bounds.

    Args:
        leanings: for each item, for each alternative: rule → credit less chance; a rule that says nothing of an item
            is left out of its mapping.
        most: rule → the greatest mean leaning, up or down, over the items that the rule speaks of; half an item, where
            that is more.
        seed: decides between moves that are equally good.
    """
    rules = sorted(most)
    table = [
        [tuple(alternative.get(rule, 0.0) for rule in rules) for alternative in alternatives]
        for alternatives in leanings
    ]
    speaks = [tuple(rule in alternatives[0] for rule in rules) for alternatives in leanings]
    search = _Search(table, speaks, [most[rule] for rule in rules], random.Random(seed))
    return Balanced(tuple(search.run()))


class _Search:
    """The state of the greedy search: which alternative each item has, and how far each rule leans."""

    def __init__(
        self,
        table: Sequence[Sequence[Leaning]],
        speaks: Sequence[tuple[bool, ...]],
        most: Sequence[float],
        generator: random.Random,
    ) -> None:
        self._table = table
        self._speaks = speaks
        self._most = most
        self._taken: list[int | None] = [0] * len(table)
        self._sums = [0.0] * len(most)
        self._counts = [0] * len(most)
        self._order = list(range(len(table)))
        generator.shuffle(self._order)
        for item, alternatives in enumerate(table):
            self._add(alternatives[0], speaks[item], 1)

    def run(self) -> list[int | None]:
        while any(self._excess(rule) > 0 for rule in range(len(self._most))):
            self._make(*self._best_move())
        return self._taken

    def _excess(self, rule: int) -> float:
        """How far a rule's leaning is out of its bounds, in items."""
        return max(0.0, abs(self._sums[rule]) - self._bound(rule, self._counts[rule]))

    def _bound(self, rule: int, count: int) -> float:
        """Over few items a rule can't be nearer to chance than half an item."""
        return max(_HALF_AN_ITEM, self._most[rule] * count) + 1e-9

    def _best_move(self) -> tuple[int, int | None]:
        """The change that gains most; where no change gains anything, the item that it costs least to leave out.

        Changing an item costs nothing but preference, leaving one out costs an item: it has to gain more.
        """
        best: tuple[float, tuple[int, int | None]] | None = None
        least: tuple[float, tuple[int, int | None]] | None = None
        for (delta, dropped), move in self._moves().items():
            gain = self._gain(delta, dropped)
            worth = gain - (_COST_OF_AN_ITEM if dropped is not None else 0.0)
            if gain > 1e-9 and (best is None or worth > best[0] + 1e-12):
                best = (worth, move)
            if dropped is not None and (least is None or gain > least[0] + 1e-12):
                least = (gain, move)
        found = best or least
        assert found is not None  # with no item left, every rule is within its bounds
        return found[1]

    def _moves(self) -> dict[tuple[Leaning, tuple[bool, ...] | None], tuple[int, int | None]]:
        """The distinct changes that one move can make, each with the first item that can make it."""
        found: dict[tuple[Leaning, tuple[bool, ...] | None], tuple[int, int | None]] = {}
        for item in self._order:
            taken = self._taken[item]
            if taken is None:
                continue
            now = self._table[item][taken]
            found.setdefault((tuple(-one for one in now), self._speaks[item]), (item, None))
            for alternative, then in enumerate(self._table[item]):
                if alternative != taken and then != now:
                    found.setdefault((tuple(b - a for a, b in zip(now, then, strict=True)), None), (item, alternative))
        return found

    def _gain(self, delta: Leaning, dropped: tuple[bool, ...] | None) -> float:
        gain = 0.0
        for rule, change in enumerate(delta):
            fewer = 1 if dropped is not None and dropped[rule] else 0
            if change or fewer:
                bound = self._bound(rule, self._counts[rule] - fewer)
                gain += self._excess(rule) - max(0.0, abs(self._sums[rule] + change) - bound)
        return gain

    def _make(self, item: int, alternative: int | None) -> None:
        taken = self._taken[item]
        assert taken is not None
        self._add(self._table[item][taken], self._speaks[item], -1)
        if alternative is not None:
            self._add(self._table[item][alternative], self._speaks[item], 1)
        self._taken[item] = alternative

    def _add(self, leaning: Leaning, speaks: tuple[bool, ...], sign: int) -> None:
        for rule, value in enumerate(leaning):
            self._sums[rule] += sign * value
            self._counts[rule] += sign * speaks[rule]
