"""What a backend writes to a question answered "no" passes where it says so, and each fault has its reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.negation import REASONS, check_question_caption
from tests.negation.test_detect import ANY_TEXT

MAN = "A man rides a brown horse on the beach."
HAT = "Is the man wearing a red hat?"

GOOD: list[tuple[str, str, str]] = [
    (MAN, "A man rides a brown horse on the beach, and the man is not wearing a red hat.", HAT),
    (MAN, "A man who isn't wearing a red hat rides a brown horse on the beach.", HAT),
    (MAN, "Not wearing a red hat, a man rides a brown horse on the beach.", HAT),
    (MAN, "A man with no red hat rides a brown horse on the beach.", "Does the man have a red hat?"),
    (MAN, "No dog is on the sand as a man rides a brown horse on the beach.", "Is there a dog on the sand?"),
    (MAN, "A man rides a brown horse on the beach, but no one is swimming.", "Is anyone swimming?"),
    (MAN, "A man rides a brown horse on the beach. It is not raining.", "Is it raining?"),
    (MAN, "A man rides a brown horse on the beach, but not all the people are smiling.", "Are all the people smiling?"),
    (MAN, "A man rides a brown horse on the beach with no dog.", "Can you see a dog in this picture?"),
    ("", "The man is not wearing a red hat.", HAT),
    ("", "Not all of the lights are on.", "Are all of the lights on?"),
    ("", "The light is not on.", "Is the light on?"),
    ("", "There is no dog.", "Is there a dog in this picture?"),
    ("", "None of the dogs have collars.", "Do any of the dogs have collars?"),
    ("A truck with no wheels.", "A truck with no wheels, and no driver is asleep.", "Is a driver asleep?"),
    (MAN, "A man rides a brown horse on the beach, but he is not wearing a red hat.", HAT),
    ("A giraffe by a tree.", "A giraffe by a tree, but it is not a baby.", "Is this animal a baby?"),
]
BAD: list[tuple[str, str, str, str]] = [
    (MAN, MAN, HAT, "unchanged"),
    (MAN, "A man rides a brown horse on the beach, and the man is wearing a red hat.", HAT, "no-cue"),
    (MAN, "A man not wearing a red hat rides a horse on the beach.", HAT, "lost-content"),
    (MAN, "A man rides a brown horse on the beach, not wearing a hat.", HAT, "lost-content"),
    (MAN, "A man wearing a red hat rides a brown horse, not on the beach.", HAT, "object-not-in-scope"),
    (MAN, "With no red, a man wearing a hat rides a brown horse on the beach.", HAT, "object-not-in-scope"),
    (MAN, "A man rides a brown horse on the sunny beach, not wearing a red hat.", HAT, "invented-content"),
    (MAN, "A man rides a brown horse on the beach, and no man is never wearing a red hat.", HAT, "double-negation"),
    (MAN, "A man rides a brown horse on the beach,\nnot wearing a red hat.", HAT, "garbled"),
    (MAN, "Sure! A man not wearing a red hat rides a brown horse on the beach.", HAT, "not-a-caption"),
    (MAN, "", HAT, "too-short"),
    (MAN, "No.", HAT, "too-short"),
    ("", "The man is wearing a red hat.", HAT, "no-cue"),
    ("", "The man is not wearing a hat.", HAT, "lost-content"),
    ("", "It is not a baby.", "Is this animal a baby?", "lost-content"),
    ("A giraffe by a tree.", "A giraffe by a tree, but it is not.", "Is this animal a baby?", "object-not-in-scope"),
    ("A truck with no wheels.", "A truck with no wheels and a driver asleep.", "Is a driver asleep?", "no-cue"),
]


@pytest.mark.parametrize(("caption", "written", "question"), GOOD, ids=[w for _, w, _ in GOOD])
def test_good(caption: str, written: str, question: str) -> None:
    assert check_question_caption(caption, written, question) is None


@pytest.mark.parametrize(("caption", "written", "question", "reason"), BAD, ids=[w for _, w, _, _ in BAD])
def test_bad(caption: str, written: str, question: str, reason: str) -> None:
    finding = check_question_caption(caption, written, question)
    assert finding is not None
    assert finding.reason == reason


@given(ANY_TEXT, ANY_TEXT, st.sampled_from([HAT, "Is it?", ""]) | ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(caption: str, written: str, question: str) -> None:
    finding = check_question_caption(caption, written, question)
    assert finding is None or finding.reason in REASONS
