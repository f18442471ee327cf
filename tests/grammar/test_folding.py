"""A negated clause folds into a caption: its words stay, the sentence is well formed, and no caption contradicts it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.grammar import CannotWrite, Written, fold_clause, negate_question, standalone
from negdata.negation import check_question_caption
from tests.grammar.test_questions import CLAUSES

SEEDS = 60
CAPTIONS = [
    "A man riding a wave on a surfboard.",
    "A kitchen with a stove and a sink",
    "a woman walks down the street",
    "Two dogs are playing in the snow.",
    "There is a cat on the couch.",
    "A goat in a field. It looks calm.",
    "A BLACK DOG ON A BED",
    "A train with no windows.",
    "What is a cat doing?",
    "This is a picture of a clock tower.",
]
# Caption, question, a sentence that some seed writes.
SENTENCES: list[tuple[str, str, str]] = [
    ("A man riding a wave.", "Is the man wearing a hat?", "A man riding a wave, and the man is not wearing a hat."),
    ("A man riding a wave.", "Is the man wearing a hat?", "A man riding a wave, but the man is not wearing a hat."),
    ("A man riding a wave.", "Is the man wearing a hat?", "A man riding a wave. The man is not wearing a hat."),
    ("A man riding a wave.", "Is this man wearing a hat?", "A man riding a wave, not wearing a hat."),
    ("A man riding a wave.", "Is the man wearing a hat?", "A man, who is not wearing a hat, riding a wave."),
    ("A man rides a wave.", "Is the man wearing a hat?", "A man who is not wearing a hat rides a wave."),
    ("A dog rides a wave.", "Is the dog brown?", "A dog that is not brown rides a wave."),
    ("A tall man rides a wave.", "Is the man happy?", "A tall man, not happy, rides a wave."),
    ("A bedroom at night.", "Is there a lamp on the desk?", "A bedroom at night, with no lamp on the desk."),
    (
        "A city street at night.",
        "Is it raining in this picture?",
        "It is not raining in this photo of a city street at night.",
    ),
    ("A woman reads a book.", "Are there pillows on the bed?", "With no pillows on the bed, a woman reads a book."),
    ("A bed in a room.", "Is there a lamp?", "A bed in a room without a lamp."),
    ("a man rides a wave", "Is the man happy?", "a man rides a wave. the man is not happy."),
    ("A goat in a field. It looks calm.", "Is it raining?", "A goat in a field, and it is not raining. It looks calm."),
    ("A MAN ON A BENCH", "Is it raining?", "A MAN ON A BENCH, AND IT IS NOT RAINING"),
]
CONTRADICTED = [
    ("A man wearing a hat rides a wave.", "Is the man wearing a hat?"),
    ("A man in a hat rides a wave.", "Is the man wearing a hat?"),
    ("A dog on a couch.", "Is there a dog on the couch?"),
    ("A puppy on a couch.", "Is there a dog in the picture?"),
    ("Two dogs in the snow.", "Are there two dogs?"),
    ("A kitchen with a stove.", "Is this a kitchen?"),
    ("A street on a rainy, sunny day.", "Is it sunny?"),
    ("A red bus on a road.", "Is the bus red?"),
]
AGREEING = [
    ("A man next to a woman wearing a hat.", "Is the man wearing a hat?"),
    ("A man without a hat.", "Is the man wearing a hat?"),
    ("A dog on the floor by a couch.", "Is there a cat on the couch?"),
    ("A red bus beside a car.", "Is the car blue?"),
]


def _folded(caption: str, question: str) -> dict[str, Written]:
    clause = negate_question(question)
    return {w.text: w for w in (fold_clause(caption, clause, seed) for seed in range(SEEDS))}


def _written(caption: str, question: str, seed: int) -> Written | CannotWrite:
    try:
        return fold_clause(caption, negate_question(question), seed)
    except CannotWrite as refused:
        return refused


@pytest.mark.parametrize(("caption", "question", "expected"), SENTENCES, ids=[s for _, _, s in SENTENCES])
def test_may_write(caption: str, question: str, expected: str) -> None:
    assert expected in _folded(caption, question)


@pytest.mark.parametrize(("caption", "question"), CONTRADICTED)
def test_contradiction(caption: str, question: str) -> None:
    with pytest.raises(CannotWrite) as caught:
        fold_clause(caption, negate_question(question), 0)
    assert caught.value.code == "contradiction"


@pytest.mark.parametrize(("caption", "question"), AGREEING)
def test_no_contradiction(caption: str, question: str) -> None:
    assert fold_clause(caption, negate_question(question), 0).text


@pytest.mark.parametrize("caption", CAPTIONS)
def test_folded_captions_are_well_formed(caption: str) -> None:
    for number, (question, *_) in enumerate(CLAUSES):
        written = _written(caption, question, number)
        if isinstance(written, CannotWrite):
            assert written.code == "contradiction", (question, written.reason)
            continue
        assert check_question_caption(caption, written.text, question) is None
        assert not re.search(r" [,.;!?]|,,|\.\.|,\.|\s\s|,$", written.text)
        own = iter(re.findall(r"\w+", written.text.lower()))
        assert all(word in own for word in re.findall(r"\w+", caption.lower())), written.text


def test_same_seed_same_caption_and_others_differ() -> None:
    clause = negate_question("Is the man wearing a hat?")
    texts = [fold_clause(CAPTIONS[0], clause, seed).text for seed in range(SEEDS)]
    assert texts == [fold_clause(CAPTIONS[0], clause, seed).text for seed in range(SEEDS)]
    constructions = {w.construction for w in _folded(CAPTIONS[0], "Is the man wearing a hat?").values()}
    assert len(constructions) >= 4


def test_plain_absence_is_told_in_many_ways() -> None:
    assert len(_folded("A bed in a room.", "Is there a lamp?")) >= 12


@pytest.mark.parametrize("question", [c[0] for c in CLAUSES])
def test_standalone(question: str) -> None:
    text = standalone(negate_question(question))
    assert text[0].isupper()
    assert text.endswith(".")
    assert check_question_caption("", text, question) is None


@given(st.text(max_size=60), st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_any_caption_is_refused_or_folded_soundly(caption: str, number: int) -> None:
    question = CLAUSES[number][0]
    try:
        written = fold_clause(caption, negate_question(question), number)
    except CannotWrite:
        return
    assert check_question_caption(caption, written.text, question) is None
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in written.text)
