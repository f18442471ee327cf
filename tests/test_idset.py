"""The set of ids: a set like Python's, in a fraction of its memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.idset import IdSet


@given(st.lists(st.text(max_size=4)), st.integers(0, 3_000))
def test_it_is_a_set(ids: list[str], expected: int) -> None:
    ours, theirs = IdSet(expected), set()
    for id in ids:
        assert (id in ours) == (id in theirs)
        assert ours.add(id) == (id not in theirs)
        theirs.add(id)
        assert len(ours) == len(theirs)


def test_it_grows_and_forgets_nothing() -> None:
    ours = IdSet()
    for number in range(20_000):
        assert ours.add(f"coco:{number}")
    assert all(f"coco:{number}" in ours for number in range(20_000))
    assert not any(f"coco:{number}" in ours for number in range(20_000, 40_000))


@pytest.mark.parametrize("expected", [600, 682, 683, 700, 1_365, 5_000])
def test_room_made_beforehand_is_enough(expected: int) -> None:
    ours = IdSet(expected)
    tracemalloc.start()
    try:
        for number in range(expected):
            ours.add(f"coco:{number}")
        assert tracemalloc.get_traced_memory()[1] < 8_000
    finally:
        tracemalloc.stop()


def test_a_lone_surrogate_is_an_id_like_any_other() -> None:
    ours = IdSet()
    assert ours.add("\ud800")
    assert "\ud800" in ours
    assert "\ud801" not in ours


def test_an_id_takes_few_bytes() -> None:
    tracemalloc.start()
    try:
        ours = IdSet()
        for number in range(100_000):
            ours.add(f"coco:{number}")
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / 100_000 < 50
