"""The same sentence, and nearly the same."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.filter.duplicates import check_duplicate, check_near_duplicate, sentence_key, similarity

LETTERS = st.text(string.ascii_letters + string.digits + " ,.!-'’éß", max_size=40)
MARKS = st.text(string.whitespace + ".,;:!?-–—'’“”()", max_size=5)
LONG = "A kitchen with a sink, dishwasher and {}boxes but no {} on the counter."


@given(LETTERS, MARKS, MARKS)
def test_case_spaces_and_punctuation_make_no_other_sentence(text: str, before: str, after: str) -> None:
    same = before + text.swapcase().replace(" ", f"{after} ") + after
    assert sentence_key(same) == sentence_key(text)
    assert check_duplicate(same, [(text, None)]) == check_duplicate(text, [(same, None)]) is not None


@given(st.text(max_size=60), st.text(max_size=60))
def test_similarity_is_symmetric_and_a_share(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= similarity(one, one) == 1


def test_another_word_makes_another_sentence() -> None:
    assert check_duplicate("A cat, no dog.", [("A cat, no dogs.", "dog"), ("A cow, no dog.", "dog")]) is None


def test_an_added_word_in_a_long_caption_says_the_same() -> None:
    finding = check_near_duplicate(
        LONG.format("", "microwave"), "microwave", [(LONG.format("some ", "microwave"), "microwave")]
    )
    assert finding is not None
    assert finding.reason == "near-duplicate"


@pytest.mark.parametrize(("mine", "its"), [("oven", "microwave"), ("microwave", None), (None, "microwave")])
def test_another_or_an_unknown_object_does_not(mine: str | None, its: str | None) -> None:
    assert check_near_duplicate(LONG.format("", "microwave"), mine, [(LONG.format("", "microwave"), its)]) is None


def test_synonyms_are_one_object() -> None:
    assert check_near_duplicate(LONG.format("", "sofa"), "sofa", [(LONG.format("", "sofa"), "couches")]) is not None


@pytest.mark.parametrize(("object_", "same"), [("microwave", True), ("oven", False)])
def test_where_neither_object_is_known_the_captions_tell_it(object_: str, same: bool) -> None:
    long = "In a big old house near the green park and a lake one tall man stands in front of two red cars with no {}"
    finding = check_near_duplicate(long.format("microwave"), None, [(long.format(object_), None)])
    assert (finding is not None) == same


def test_fewer_words_in_common_say_something_else() -> None:
    earlier = [("A man on a bench with no hat.", "hat")]
    assert check_near_duplicate("A man under a bench with no hat.", "hat", earlier) is None
