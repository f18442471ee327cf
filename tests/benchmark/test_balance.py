"""Balance: no rule is further from chance than it may be, and no more is left out than that takes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.balance import balance

leaning = st.sampled_from([-0.5, 0.0, 0.5])
alternatives = st.lists(st.fixed_dictionaries({"a": leaning, "b": leaning, "c": leaning}), min_size=1, max_size=4)


def is_within(rule: str, table: list[list[dict[str, float]]], taken: tuple[int | None, ...], most: float) -> bool:
    """Whether a rule's mean leaning is in its bounds, or its sum within half an item."""
    values = [its[at].get(rule) for its, at in zip(table, taken, strict=True) if at is not None]
    told = [value for value in values if value is not None]
    return abs(sum(told)) <= max(0.5, most * len(told)) + 1e-6


@given(st.lists(alternatives, max_size=40), st.integers(0, 3))
def test_no_rule_is_out_of_its_bounds(table: list[list[dict[str, float]]], seed: int) -> None:
    found = balance(table, most={"a": 0.02, "b": 0.02, "c": 0.02}, seed=seed)
    assert len(found.taken) == len(table)
    for rule in "abc":
        assert is_within(rule, table, found.taken, 0.02)


@given(st.lists(alternatives, max_size=30))
def test_what_is_balanced_stays_as_it_is(table: list[list[dict[str, float]]]) -> None:
    mirrored = table + [[{name: -value for name, value in one.items()} for one in its] for its in table]
    assert balance(mirrored, most={"a": 0.01, "b": 0.01, "c": 0.01}, seed=0).taken == (0,) * len(mirrored)


def test_an_item_changes_before_it_is_left_out() -> None:
    table = [[{"left": 0.5}, {"left": -0.5}] for _ in range(40)]
    found = balance(table, most={"left": 0.01}, seed=0)
    assert None not in found.taken
    assert found.taken.count(0) == found.taken.count(1) == 20


def test_no_more_is_left_out_than_is_needed() -> None:
    """60 items of which a rule gets 57 % right: leaving out the surplus of 7 is enough, for half an item is."""
    generator = random.Random(1)
    table = [[{"smaller": 0.5 if at < 34 else -0.5, "left": 0.5 if at % 2 else -0.5}] for at in range(60)]
    generator.shuffle(table)
    found = balance(table, most={"smaller": 0.01, "left": 0.01}, seed=0)
    assert found.taken.count(None) == 7


def test_a_rule_of_a_category_counts_its_items_alone() -> None:
    table = [[{"left": 0.5, "left, dogs": 0.5}]] * 10 + [[{"left": -0.5}]] * 10
    found = balance(table, most={"left": 0.02, "left, dogs": 0.02}, seed=0)
    assert is_within("left, dogs", table, found.taken, 0.02)
    assert is_within("left", table, found.taken, 0.02)
    assert found.taken.count(None) == 17
