"""The choice among candidates that lean this way and that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.negbench.balance import balanced

LEANINGS = st.dictionaries(st.sampled_from("abcd"), st.floats(-1, 1), max_size=4)
POOLS = st.lists(st.lists(LEANINGS, max_size=4), max_size=8)


def length(pools: list[list[dict[str, float]]], taken: list[int | None], aim: dict[str, float]) -> float:
    """The square of how far the sum of what is taken is from the aim."""
    sums = {name: -value for name, value in aim.items()}
    for pool, place in zip(pools, taken, strict=True):
        for name, value in (pool[place] if place is not None else {}).items():
            sums[name] = sums.get(name, 0.0) + value
    return sum(value * value for value in sums.values())


def test_opposite_leanings_cancel_out() -> None:
    pools = [[{"a": 1.0}, {"a": -1.0}]] * 10
    assert length(pools, balanced(pools), {}) == 0


def test_the_aim_is_come_close_to() -> None:
    pools = [[{"a": 1.0}, {"a": -1.0}]] * 10
    assert length(pools, balanced(pools, aim={"a": 4.0}), {"a": 4.0}) == 0


def test_what_leans_by_more_than_it_is_worth_is_not_taken() -> None:
    pools = [[{"a": 1.0}]] * 10
    taken = balanced(pools, worths=[[2.0]] * 10)
    # The second adds 3 to the square of the sum, the first only 1.
    assert [place for place in taken if place is not None] == [0]
    assert balanced(pools) == [0] * 10


@given(POOLS)
def test_one_of_each_pool_is_taken_and_none_of_the_last_is_better(pools: list[list[dict[str, float]]]) -> None:
    taken = balanced(pools)
    assert [place is None for place in taken] == [not pool for pool in pools]
    assert balanced(pools) == taken
    # The last one was chosen beside all others as they are; an earlier one's neighbours may have changed since.
    for place in range(len(pools[-1]) if pools else 0):
        assert length(pools, taken, {}) <= length(pools, [*taken[:-1], place], {}) + 1e-9


@given(POOLS, st.floats(0, 4))
def test_places_are_places_of_the_pool(pools: list[list[dict[str, float]]], worth: float) -> None:
    taken = balanced(pools, worths=[[worth] * len(pool) for pool in pools])
    assert all(place is None or place in range(len(pool)) for pool, place in zip(pools, taken, strict=True))


@pytest.mark.parametrize("pools", [[], [[]], [[{}]]])
def test_nothing_to_choose(pools: list[list[dict[str, float]]]) -> None:
    assert balanced(pools) == [0 if pool else None for pool in pools]
