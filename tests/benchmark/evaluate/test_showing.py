"""The order of showing: every position holds the right candidate equally often, whatever the file's order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.evaluate.showing import Showing, as_shown
from negdata.benchmark.suites.base import ChoiceItem, View


def _item(number: int, candidates: int, right: int) -> ChoiceItem:
    return ChoiceItem(
        f"{number}", (View(f"{number}.jpg"),), tuple(f"{number} {one}" for one in range(candidates)), right
    )


@given(st.lists(st.integers(2, 5), max_size=60), st.integers(0, 2**32), st.data())
def test_each_position_holds_the_right_one_equally_often(sizes: list[int], seed: int, data: st.DataObject) -> None:
    items = [_item(number, size, data.draw(st.integers(0, size - 1))) for number, size in enumerate(sizes)]
    orders = Showing(seed).orders(items)
    for item, order in zip(items, orders, strict=True):
        assert sorted(order) == list(range(item.candidates))
    for size in set(sizes):
        held = Counter(
            order.index(item.right) for item, order in zip(items, orders, strict=True) if item.candidates == size
        )
        counts = [held[position] for position in range(size)]
        assert max(counts) - min(counts) <= 1


def test_the_seed_says_which() -> None:
    items = [_item(number, 2, 0) for number in range(30)]
    assert Showing(1).orders(items) == Showing(1).orders(items)
    assert Showing(1).orders(items) != Showing(2).orders(items)


def test_without_a_seed_the_order_is_that_of_the_file() -> None:
    assert Showing(None).orders([_item(0, 3, 2), _item(1, 2, 0)]) == [(0, 1, 2), (0, 1)]


def test_what_was_shown_before_stands_first_and_the_others_even_that_out() -> None:
    views = [View("a.jpg", (0, 0, 1, 1)), View("a.jpg", (1, 0, 1, 1))]
    again = [ChoiceItem(f"{number}", (views[0], views[1]), (f"text {number}",), 0) for number in range(10)]
    free = [_item(number, 2, 0) for number in range(20)]
    orders = Showing(3).orders([*again, *free])
    assert len(set(orders[:10])) == 1
    held = Counter(order.index(0) for order in orders)
    assert held[0] == held[1] == 15


@given(st.permutations(range(4)), st.integers(0, 3))
def test_an_item_as_shown_asks_the_same(order: list[int], right: int) -> None:
    item = _item(0, 4, right)
    shown = as_shown(item, order)
    assert shown.texts[shown.right] == item.texts[right]
    assert shown.views == item.views
    assert set(shown.texts) == set(item.texts)
