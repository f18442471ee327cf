"""Phrases with a cue: which, what they negate, and where."""

from __future__ import annotations

import pytest

from negdata.benchmark.definition import RegionsBuild, load_definition
from negdata.benchmark.phrases import negated_phrases, phrases_with_words
from negdata.benchmark.suites.negation import cue_position
from tests.benchmark.corpora import corpus_of, image_of


def strict() -> RegionsBuild:
    build = load_definition("negrefcocog-strict").build
    assert isinstance(build, RegionsBuild)
    return build


def negation(text: str) -> tuple[str, str | None, str | None] | None:
    """(cue, kind, look-alike) of a phrase as the strict edition reads it."""
    corpus = corpus_of(image_of([(1, (0, 0, 9, 9))], {0: [text]}))
    rule = strict().phrases
    found = list(negated_phrases(corpus, rule.cues, rule.further))
    return (found[0].negation.cue, found[0].negation.kind, found[0].negation.lookalike) if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the man with no hat", ("no", "object", None)),
        ("a man not wearing a hat", ("not", "object", None)),
        ("a giraffe that is not eating", ("not", "action", None)),
        ("zebra standing without eating grass", ("without", "action", None)),
        ("cow whose face is not visible", ("not", "attribute", None)),
        ("the tv that isn ' t on", ("n't", "attribute", None)),
        ("elephant not in the water", ("not", "location", None)),
        ("a lamb not touching its mother", ("not", "relation", None)),
        ("bear not facing camera", ("not", "relation", None)),
        ("the bench with nobody on it", ("nobody", "object", None)),
        ("a chair with nothing on it", ("nothing", "object", None)),
        ("the man who never sits", ("never", "attribute", None)),
        ("shirtless man", ("-less", "object", None)),
        ("unoccupied chair", ("un-", "attribute", None)),
        ("pizza with a slice missing", ("missing", "object", None)),
        ("player no . 12", ("no", None, "number")),
        ("a bus that says not in service", ("not", None, "sign text")),
        ("a pedestrian do not walk symbol", ("not", None, "sign text")),
        ("a man in a hat", None),
        ("the uniform of the man", None),
    ],
)
def test_what_a_phrase_negates(text: str, expected: tuple[str, str | None, str | None] | None) -> None:
    assert negation(text) == expected


def test_the_published_edition_takes_words_whatever_they_mean() -> None:
    texts = ["player no . 12", "NO hat", "a man that isn ' t here", "nobody", "without", "a knot"]
    corpus = corpus_of(image_of([(1, (0, 0, 9, 9))], {0: texts}))
    found = list(phrases_with_words(corpus, ["no", "not", "without"]))
    assert [one.phrase.text for one in found] == ["player no . 12", "NO hat", "without"]
    assert [one.negation.cue for one in found] == ["no", "no", "without"]


def test_positions_are_thirds_of_the_words() -> None:
    text = "no one two three four five"
    assert [cue_position(text, text.index(word)) for word in ("no", "one", "two", "three", "four", "five")] == [
        "start", "start", "middle", "middle", "end", "end",
    ]  # fmt: skip
