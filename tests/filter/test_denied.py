"""Which object a negated caption denies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.filter.denied import denied_object, newly_denied, same_object
from negdata.grammar.writing import write_negation

WORDS = st.lists(
    st.sampled_from("a no cat dog without not wearing hat , . isn't sign of any or visible the on".split())
)


@pytest.mark.parametrize(
    ("caption", "negated_caption", "denied"),
    [
        ("A man on a bench", "A man with no dog on a bench", "dog"),
        ("A man on a bench", "A man on a bench, with no sign of any dogs", "dog"),
        ("A man on a bench", "A man on a bench without a sofa in sight", "couch"),
        ("A man on a bench", "A man not wearing a hat on a bench", "hat"),
        ("A man on a bench", "A dog is not visible, just a man on a bench", "dog"),
        ("A man on a bench", "No dog appears in the image of a man on a bench", "dog"),
        ("A man on a bench", "Absent from the image is a dog; a man is on a bench", "dog"),
        ("A man on a bench", "A shirtless man on a bench", "shirt"),
        ("A bench", "A bench with nobody on it", "person"),
        ("A man on a bench", "A man with no astrolabe on a bench", "astrolabe"),
        ("A man on a bench", "A man holding no brass astrolabe on a bench", "brass astrolabe"),
        ("A blue car", "A blue car, but no red car", "red car"),
        ("A woman dressed as a cow", "A woman with no cigarette dressed as a cow", "cigarette"),
        ("A shirtless man", "A shirtless man with no hat", "hat"),
        ("A man with no shirt", "No hat here, just a man with no shirt", "hat"),
        ("A cart with no driver", "A cart without driver and no car", "car"),
    ],
)
def test_told(caption: str, negated_caption: str, denied: str) -> None:
    assert denied_object(caption, negated_caption) == denied


@pytest.mark.parametrize(
    ("caption", "negated_caption"),
    [
        ("A man on a bench", "A man on a bench"),
        ("A man on a bench", "A man on a bench with no dog or cat"),
        ("A man on a bench", "A man on a bench with no other people"),
        ("A man on a bench", "A bench with no man"),
        ("A man with no hat", "A man without a hat"),
        ("A bus", "A bus by a no parking sign"),
        ("A man", "A man with nothing"),
        ("", ""),
    ],
)
def test_not_told(caption: str, negated_caption: str) -> None:
    assert denied_object(caption, negated_caption) is None


def test_several_are_listed() -> None:
    assert newly_denied("A man", "A man with no dog or cat") == ["dog", "cat"]


@pytest.mark.parametrize("negated", ["dog", "umbrella", "scissors", "people", "traffic light", "snow", "astrolabe"])
def test_the_writer_s_own_captions_are_told(negated: str) -> None:
    caption = "A bird is sitting on a table in a garden."
    for seed in range(25):
        written = write_negation(caption, negated, seed).text
        assert same_object(denied_object(caption, written), negated), written


@given(WORDS, WORDS)
def test_any_words_are_read_alike_each_time(one: list[str], other: list[str]) -> None:
    caption, written = " ".join(one), " ".join(other)
    found = newly_denied(caption, written)
    denied_object.cache_clear()
    assert denied_object(caption, written) == (found[0] if len(found) == 1 else None)
    assert all(phrase.strip() for phrase in found)


@given(st.text(), st.text())
def test_any_text_is_read(caption: str, written: str) -> None:
    denied = denied_object(caption, written)
    assert denied is None or denied.strip()
