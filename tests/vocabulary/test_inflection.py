"""Plurals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.vocabulary.inflection import plural


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("dog", "dogs"),
        ("bus", "buses"),
        ("bench", "benches"),
        ("box", "boxes"),
        ("toothbrush", "toothbrushes"),
        ("puppy", "puppies"),
        ("donkey", "donkeys"),
        ("knife", "knives"),
        ("fireman", "firemen"),
        ("woman", "women"),
        ("computer mouse", "computer mice"),
        ("fish", "fish"),
        ("tomato", "tomatoes"),
        ("piano", "pianos"),
        ("child", "children"),
        ("wine glass", "wine glasses"),
        ("deck of cards", "decks of cards"),
        ("bow and arrow", "bow and arrows"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_but_the_head_changes(head: str, rest: str) -> None:
    if " of " not in f"{head} of":
        assert plural(f"{head} of {rest}").endswith(f" of {rest}")
