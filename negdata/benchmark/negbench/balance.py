"""Chooses among candidates so that what could be told from them together cancels out.

Each candidate is a vector of small leanings: by how much picking it would make some rule better, or worse, than chance.
The choice keeps the sum of all vectors short, so that no rule gains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Leanings = Mapping[str, float]
"""Name of a rule → by how much it does better than chance."""
SWEEPS = 4


class Balance:
    """The sum of the leanings of what is chosen, less the sum that is aimed at."""

    def __init__(self, aim: Leanings) -> None:
        self._sums = {name: -value for name, value in aim.items()}

    def add(self, leanings: Leanings, sign: int = 1) -> None:
        """Takes a candidate in, or out with the sign -1."""
        for name, value in leanings.items():
            self._sums[name] = self._sums.get(name, 0.0) + sign * value

    def cost(self, leanings: Leanings) -> float:
        """By how much a candidate would lengthen the sum, as a square."""
        sums = self._sums
        return sum(value * (2 * sums.get(name, 0.0) + value) for name, value in leanings.items())


def balanced(
    pools: Sequence[Sequence[Leanings]],
    *,
    aim: Leanings | None = None,
    worths: Sequence[Sequence[float]] | None = None,
) -> list[int | None]:
    """For each pool the place of the candidate to take, so that all taken together lean as little as can be.

    Pools are gone through in their order, then again until nothing changes or ``SWEEPS`` times.

    Args:
        aim: the sums to come close to, where not nothing.
        worths: how much each candidate may lengthen the sum, as a square; the cheapest beside its worth is taken, and
            none where each costs more. Where worths aren't given, one is taken of every pool that isn't empty.
    """
    balance = Balance(aim or {})
    taken: list[int | None] = [None] * len(pools)
    for _ in range(SWEEPS):
        before = list(taken)
        for place, pool in enumerate(pools):
            old = taken[place]
            if old is not None:
                balance.add(pool[old], -1)
            costs = [balance.cost(candidate) for candidate in pool]
            if worths is not None:
                costs = [cost - worth for cost, worth in zip(costs, worths[place], strict=True)]
            best = min(range(len(pool)), key=costs.__getitem__, default=None)
            if best is not None and worths is not None and costs[best] > 0:
                best = None
            if best is not None:
                balance.add(pool[best])
            taken[place] = best
        if taken == before:
            break
    return taken
