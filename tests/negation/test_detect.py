"""What negates is found, and what only looks like it is told apart."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from negdata.negation import find_cues, find_lookalikes
from negdata.negation.detect import find_weak_cues
from negdata.negation.lexicon import CONTRACTIONS, CUES, FREE_WITH_SPACE, LESS_WORDS, LOOKALIKES
from tests.negation.shared import COCO_CAPTIONS, coco_captions, unmark

NEGATIONS = [
    # Words
    ("A street with [no] cars", ["no"]),
    ("[NO] cars here", ["no"]),
    ("[No-one] is in the room", ["no one"]),
    ("[No one] sits here", ["no one"]),
    ("[Noone] sits here", ["no one"]),
    ("a kitchen that is [no longer] used", ["no longer"]),
    ("A dog, [not] a cat, and [nobody] around", ["not", "nobody"]),
    ("A plate with [nothing] on it", ["nothing"]),
    ("[None] of them wear hats", ["none"]),
    ("a man [w/o] a hat", ["without"]),
    ("a man [without] a hat", ["without"]),
    ("[Neither] a cat [nor] a dog", ["neither", "nor"]),
    ("A toilet [lacking] a seat", ["lacking"]),
    ("a room that [lacks] a bed and has a [lack of] light", ["lacks", "lack of"]),
    ("a street [devoid of] cars", ["devoid of"]),
    ("a table [free of] food", ["free of"]),
    ("A pizza [missing] a slice", ["missing"]),
    ("a bed [sans] pillow", ["sans"]),
    ("[Zero] people on a bus", ["zero"]),
    ("He [cannot] be seen", ["not"]),
    # Contractions: whole, without the apostrophe, with another one, torn apart by a tokeniser
    ("A toilet that [isn't] clean", ["n't"]),
    ("A toilet that [isn’t] clean", ["n't"]),
    ("A toilet that [isnt] clean", ["n't"]),
    ("a toilet that [isn ' t] clean", ["n't"]),
    ("They [DON'T] move", ["n't"]),
    ("He [doesn't] wear a hat and she [hasn't] one", ["n't", "n't"]),
    # Parts of words
    ("A leaf[-free] tree", ["-free"]),
    ("A leaf [free] tree", ["-free"]),
    ("A [shirtless] man under a [cloudless] sky", ["-less", "-less"]),
    # What stands near a look-alike, or resembles one
    ("a no parking sign with [no] pole", ["no"]),
    ("A street with [no] parking meter", ["no"]),
    ("People under signs indicating streets, but there's [no] traffic light", ["no"]),
    ("A boy in a shirt reading a book with [no] shoes", ["no"]),
    ("A red light at a crossing with [no] trucks in sight", ["no"]),
    ("There is [no] picture on the wall", ["no"]),
    ("A pole with [no] signs", ["no"]),
    ("A board by a pool with [no] diving board", ["no"]),
    ("A sign that says stop and [isn't] lit", ["n't"]),
]
PLAIN = [
    "A man walks a dog",
    "Notes on a knotted rope, nobly noted",
    "the northern lights, another one, a note",
    "Cows wandering free in the grass",
    "a homeless man on a wireless phone",
    "stainless steel",
    "a cat doesn",
    "it ' t",
    "",
]


@pytest.mark.parametrize(("marked", "names"), NEGATIONS)
def test_a_cue_is_found_where_it_stands(marked: str, names: list[str]) -> None:
    text, expected = unmark(marked)
    found = find_cues(text)
    assert [text[cue.start : cue.end] for cue in found] == expected
    assert [cue.cue for cue in found] == names


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_that_negates_nothing_has_no_cue(text: str) -> None:
    assert find_cues(text) == []
    assert find_lookalikes(text) == []


LOOKALIKE_CASES = {
    "number": [
        "a bus with [no]. 12 on it",
        "a bus with [No] . 12",
        "shirt [no] 14",
        "train [No]. # 7",
    ],
    "sign text": [
        "The sign says [not] in service",
        "a bus that is [not] in service",
        "a [no] parking sign",
        "A [No] U-turn sign",
        "two signs, [no] left turn and one way",
        "a [No] bicycles, skates or skateboards sign",
        "a sign that says [no] dogs",
        'A sign saying "do [not] enter"',
        "a do [not] enter sign",
        'a sign reading, "[Don\'t] walk"',
        'a sign with the words "[Don\'t]" and "Believing"',
        "a red light warning people to [not] walk",
        "a [no] smoking zone",
        "a street with a notice: [no] swimming",
    ],
    "figure of speech": [
        "a bowl with [nothing] but fruit",
        "[Nothing] is as soft as a puppy",
        "[not] only a cat but a dog",
        "A man stands [not] far from a horse",
        "a field in the middle of [nowhere]",
        "This is [no] doubt a pizza",
        "a bus that [can't] be missed",
        "a [never]-ending road",
        "plates with and [without] food",
        "a sale of toys, cheap or [not]",
        "A bear roams [free of] captivity",
    ],
    "name or other word": [
        "A Coke [Zero] on the side",
        "a yellow [not] book on a desk",
        "letters in comic [sans]",
        "a [minus] sign",
        "people interacting [with out] of frame screen",
    ],
    "failed act": ["A player swinging and [missing] the ball", "a [missing] cat poster"],
    "about the task": [
        "There is [no] image here to describe",
        "I am [not] sure what this is",
        "image did [not] load",
        "I [don't] know what this is",
    ],
    "misspelt": ["A man riding [no] a motorcycle"],
}


@pytest.mark.parametrize(
    ("kind", "marked"), [(kind, text) for kind, texts in LOOKALIKE_CASES.items() for text in texts]
)
def test_a_lookalike_is_told_apart_and_named(kind: str, marked: str) -> None:
    text, expected = unmark(marked)
    found = find_lookalikes(text)
    assert [(text[cue.start : cue.end], cue.lookalike) for cue in found] == [(word, kind) for word in expected]
    assert find_cues(text) == []


def test_every_kind_of_lookalike_has_a_case() -> None:
    assert set(LOOKALIKE_CASES) == set(LOOKALIKES)


def test_comparisons_are_weak_cues_and_no_cues() -> None:
    text = "A cat instead of a dog, and tea rather than milk"
    assert [cue.cue for cue in find_weak_cues(text)] == ["instead of", "rather than"]
    assert find_cues(text) == []


FORMS = [form for _, _, forms in CUES for form in forms if form not in ("with out", "minus", "sans")]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_every_cue_is_found(form: str) -> None:
    text = f"A table {form} cats here"
    (cue,) = find_cues(text)
    assert text[cue.start : cue.end] == form
    assert form in next(forms for name, _, forms in CUES if name == cue.cue)


@pytest.mark.parametrize("word", sorted(CONTRACTIONS | set(LESS_WORDS) | {f"{x}-free" for x in FREE_WITH_SPACE}))
def test_every_bound_cue_is_found(word: str) -> None:
    assert len(find_cues(f"the old place {word} there")) == 1


WORDS = st.sampled_from(
    "no not n't isn't isn ' t none nothing without a the man sign says \" ' - . , 12 free leaf-free shirtless"
    " or and but is visible missing absent from nor lacks empty of parking İ ﬁ \u2028 🐕".split(" ")
)
ANY_TEXT = st.text() | st.lists(WORDS, max_size=14).map(" ".join)


@settings(deadline=None)
@given(ANY_TEXT)
@example("isn ' t")
@example("-free")
@example("t '")
def test_any_text_is_read_and_cues_stand_in_it_in_order(text: str) -> None:
    found = sorted([*find_cues(text), *find_lookalikes(text), *find_weak_cues(text)], key=lambda cue: cue.start)
    end = 0
    for cue in found:
        assert end <= cue.start < cue.end <= len(text)
        end = cue.end


@settings(deadline=None)
@given(ANY_TEXT)
def test_detection_reads_any_capitals_alike(text: str) -> None:
    if text.isascii():
        assert [(c.cue, c.start) for c in find_cues(text)] == [(c.cue, c.start) for c in find_cues(text.upper())]


@pytest.mark.skipif(not COCO_CAPTIONS.exists(), reason="COCO's captions are not under ../shared/data")
def test_coco_negates_seldom_and_its_signs_are_not_counted() -> None:
    captions = coco_captions()
    negated = [caption for caption in captions if find_cues(caption)]
    assert 100 <= len(negated) <= 112  # all read by eye
    signs = [text for text in captions if any(cue.lookalike == "sign text" for cue in find_lookalikes(text))]
    assert len(signs) >= 27
    assert not set(signs) & set(negated)
