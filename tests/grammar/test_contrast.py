"""False captions: they deny what the caption says is there, and look like the true ones."""

from __future__ import annotations

import random
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.grammar import CannotWrite, Contrast, write_contrast
from negdata.negation import check_false_caption
from negdata.vocabulary import vocabulary
from tests.grammar.test_writing import ANY_TEXT, NAME, WRONG, _all_written, _captions, _many
from tests.grammar.test_writing import SENTENCES as TRUE_SENTENCES

# Caption, the object to deny, a false caption that some seed writes.
SENTENCES: list[tuple[str, str, str]] = [
    ("A pizza topped with tomatoes and basil.", "tomato", "A pizza topped with basil and no tomatoes."),
    ("A dog on a leash trots next to a woman.", "leash", "A dog without a leash trots next to a woman."),
    ("A man riding a horse on the beach.", "horse", "A man on the beach. There is no horse in sight."),
    ("A man riding a wave on a surfboard.", "surfboard", "A man with no surfboard riding a wave."),
    ("A living room with two chairs and a TV.", "chair", "A living room with a TV but no chairs."),
    ("A living room with two chairs and a TV.", "television", "A living room with two chairs but no television."),
    ("A bathroom with a white sink and a mirror.", "mirror", "No mirror in sight, just a bathroom with a white sink."),
    ("A plate of pasta with broccoli.", "broccoli", "A plate of pasta that has no broccoli."),
    ("People are walking in the rain.", "rain", "No rain can be seen as people are walking."),
    ("A woman wearing glasses.", "eyeglasses", "A woman. No glasses are visible."),
    ("A BLACK DOG ON A BED", "bed", "NO BED HERE, JUST A BLACK DOG"),
    ("A giraffe eats leaves from a tree.", "giraffe", "With no giraffe around, an animal eats leaves from a tree."),
]


@lru_cache(maxsize=1)
def _contrasts() -> tuple[tuple[str, Contrast], ...]:
    made = []
    for caption in _captions():
        for seed in range(8):
            try:
                made.append((caption, write_contrast(caption, seed)))
            except CannotWrite:
                break  # Whether one can be written doesn't hang on the seed: asked below.
    return tuple(made)


@pytest.mark.parametrize(("caption", "present", "expected"), SENTENCES, ids=[s for _, _, s in SENTENCES])
def test_some_seed_writes(caption: str, present: str, expected: str) -> None:
    assert expected in {write_contrast(caption, seed, present).text for seed in range(200)}


@pytest.mark.parametrize(
    ("caption", "broken"),
    [
        ("A young man and his cute cat enjoy a nap together.", "His cute cat enjoy"),
        ("A man and his dog are coming out of the water", "man are"),
        ("A giraffe and a goose stand in a fenced area.", "goose stand"),
        ("A zebra and a giraffe checking each other out.", "giraffe checking each other"),
        ("Two giraffes inside a fenced area stand near rocks", "area stand"),
        ("A couple of stools are in front of a bar", "people of"),
    ],
)
def test_what_is_left_of_two_agrees_with_its_verb(caption: str, broken: str) -> None:
    texts = set()
    for seed in range(60):
        try:
            texts.add(write_contrast(caption, seed).text)
        except CannotWrite:
            break
    assert not [text for text in texts if broken.lower() in text.lower() and broken.lower() not in caption.lower()]
    # "A goose stand in …": the words are the caption's, but nobody else stands there.
    assert not [text for text in texts if text.startswith(("A goose stand", "A fenced area stand", "A giraffe stand"))]


def test_every_one_denies_what_the_caption_names() -> None:
    for caption, made in _contrasts():
        assert made.present in {mention.name for mention in vocabulary().find(caption)}
        assert check_false_caption(caption, made.text, made.present) is None
        assert made.text != caption


def test_every_one_is_english() -> None:
    for caption, made in _contrasts():
        wrong = [n for n, pattern in WRONG.items() if pattern.search(made.text) and not pattern.search(caption)]
        assert not wrong, (made.text, wrong)


def test_most_captions_have_one() -> None:
    assert len({caption for caption, _ in _contrasts()}) >= 0.85 * len(set(_captions()))


def test_form_does_not_tell_true_from_false() -> None:
    """Every construction of the false captions is one of the true ones, and stands everywhere."""
    true = {written.construction for _, _, written in _many()}
    true |= {w.construction for caption, negated, _ in TRUE_SENTENCES for w in _all_written(caption, negated)}
    false = [made for _, made in _contrasts()]
    assert {made.construction for made in false} <= true
    assert len({made.construction for made in false}) >= 10
    for where in ("start", "middle", "end"):
        share = sum(made.position == where for made in false) / len(false)
        assert share > 0.05, (where, share)


def test_the_seed_decides() -> None:
    caption = "A kitchen with a stove, a sink and a microwave."
    assert write_contrast(caption, 5) == write_contrast(caption, 5)
    assert {write_contrast(caption, seed).present for seed in range(40)} >= {"stove", "sink", "microwave"}
    assert {write_contrast(caption, seed, "sink").present for seed in range(10)} == {"sink"}


@pytest.mark.parametrize(
    ("caption", "present"),
    [("A dog on a bed.", "cat"), ("Nothing much.", None), ("A man without a hat.", "hat"), ("", None), ("…", "dog")],
)
def test_no_false_caption_of_what_is_not_named(caption: str, present: str | None) -> None:
    with pytest.raises(CannotWrite):
        write_contrast(caption, 0, present)


def test_whether_one_can_be_written_does_not_hang_on_the_seed() -> None:
    able = {caption for caption, _ in _contrasts()}
    for caption in random.Random(0).sample(_captions(), 20):
        for seed in (11, 12):
            if caption in able:
                write_contrast(caption, seed)
            else:
                with pytest.raises(CannotWrite):
                    write_contrast(caption, seed)


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, st.none() | NAME | st.text(max_size=20), st.integers(0, 3))
def test_any_text_gives_a_checked_sentence_or_cannot_be_written(caption: str, present: str | None, seed: int) -> None:
    try:
        made = write_contrast(caption, seed, present)
    except CannotWrite:
        return
    assert check_false_caption(caption, made.text, made.present) is None


def test_a_side_is_no_subject() -> None:
    for seed in range(8):
        text = write_contrast("A dog to the left of a red apple.", seed, "dog").text
        assert "n animal to the left of a red apple" in text
    with pytest.raises(CannotWrite):  # nothing is left of the scene, and a bottle is no kind of anything
        write_contrast("A bottle to the right of a gray horse.", 0, "bottle")
