"""The data as numbers, and what meets in a batch."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.grammar.nouns import article
from negdata.train.corpus import Batch, Corpus, Duels, corpus_of, draw
from negdata.train.pairs import Pair
from negdata.train.recipe import ContrastRule
from tests.train.courses import Embeddings, pairs
from tests.train.worlds import small_clip

IMAGES = 20


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> TorchEncoder:
    found = load_dual_encoder(str(small_clip(tmp_path_factory.mktemp("clip"))), device="cpu", dtype="float32")
    assert isinstance(found, TorchEncoder)
    return found


RULES = ContrastRule(
    captions=1.0,
    swaps=1.0,
    images=1.0,
    margin=0.0,
    phrases=2,
    denying=["{thing} with no {other}"],
    affirming=["{thing} with {an_other}", "there is {an_other}"],
)


def made(encoder: TorchEncoder, rows: list[Pair], rules: ContrastRule | None = RULES) -> Corpus:
    chance = torch.Generator().manual_seed(1)
    vectors = torch.nn.functional.normalize(torch.randn(IMAGES, encoder.dim, generator=chance), dim=-1)
    names = list(dict.fromkeys(pair.image for pair in rows))
    features = Embeddings(vectors, {name: number for number, name in enumerate(names)})
    return corpus_of(rows, features, encoder, rules)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def corpus(encoder: TorchEncoder) -> Corpus:
    return made(encoder, pairs(IMAGES))


def text(corpus: Corpus, encoder: TorchEncoder, number: int) -> list[int]:
    found: list[int] = corpus.texts.padded([number])[0].tolist()
    return found


def test_every_text_stands_once_under_its_number(encoder: TorchEncoder) -> None:
    corpus = made(encoder, pairs(IMAGES), None)
    distinct = {
        one
        for pair in corpus.pairs
        for one in (pair.caption, pair.negated_caption, pair.false_caption)
        if one is not None
    }
    assert len(corpus.texts.lengths) == len(distinct)
    for row, pair in enumerate(corpus.pairs):
        for number, told in (
            (corpus.originals[row], pair.caption),
            (corpus.negated[row], pair.negated_caption),
            (corpus.false[row], pair.false_caption),
        ):
            assert (number is None) == (told is None)
            if number is not None and told is not None:
                assert text(corpus, encoder, number) == encoder.tokens([told])[0]


def test_an_image_shows_what_a_caption_mentions_and_none_denies(encoder: TorchEncoder) -> None:
    rows = [
        Pair("1", "a.jpg", "A dog on a sofa.", "A sofa with no cat.", "cat"),
        Pair("2", "b.jpg", "A cat beside a dog.", "A cat with no bus.", "bus"),
        Pair("3", "c.jpg", "A cat.", "A table with no dog.", "dog"),
        Pair("4", "c.jpg", "A dog in a picture.", "A wall with no cup.", "cup"),
        Pair("5", "d.jpg", "Two puppies.", "A wall with no zzyzx.", "zzyzx"),
        Pair("6", "e.jpg", "A bus.", "A bus."),
    ]
    found = made(encoder, rows)
    assert found.denied[:4] == ["cat", "bus", "dog", "cup"]
    assert found.denied[4:] == [None, None]
    assert found.showing["cat", 2] == [1]
    assert found.showing["cat", 1] == [2]  # one caption of it mentions a dog, another denies it
    assert found.showing["bus", 1] == [4]
    assert found.showing["dog", 2] == [0, 1]
    assert found.showing["dog", 1] == [3]
    assert made(encoder, rows, None).showing == {}
    assert set(made(encoder, rows, None).denied) == {None}


def test_duels_differ_in_one_word(encoder: TorchEncoder) -> None:
    rows = [
        Pair("1", "a.jpg", "A cat on a sofa.", "A cat on a sofa with no umbrella nearby.", "umbrella"),
        Pair("2", "a.jpg", "A dog.", "There isn't a bus beside the dog.", "bus"),
    ]
    found = made(encoder, rows)

    def said(number: int | None) -> str:
        return "" if number is None else told[number]

    told = texts_of(found, encoder, rows)
    whole = {(duel.denies, said(duel.true), said(duel.false)) for duel in found.whole[0]}
    assert (True, rows[0].negated_caption, "A cat on a sofa with no dog nearby.") in whole
    assert (False, "A cat on a sofa.", "An umbrella on a sofa.") in whole
    phrases = {(duel.denies, said(duel.true), said(duel.false)) for duel in found.phrases[0]}
    assert phrases & {
        (True, "a cat with no umbrella", "a cat with no dog"),
        (True, "a couch with no umbrella", "a couch with no cat"),
    }
    assert {says for says, *_ in phrases} == {True, False}
    assert not any("umbrella" in true for says, true, _ in phrases if not says)


def texts_of(found: Corpus, encoder: TorchEncoder, rows: list[Pair]) -> dict[int, str]:
    """The texts that a corpus of these rows may have, by their numbers, told apart by their tokens."""
    things = ["cat", "couch", "dog", "umbrella", "bus"]
    ones = {thing: f"{article(thing)} {thing}" for thing in things}
    may = [text for pair in rows for text in (pair.caption, pair.negated_caption)]
    may += [f"{one} on a sofa.".capitalize() for one in ones.values()] + [f"A cat on {one}." for one in ones.values()]
    may += [f"{one}.".capitalize() for one in ones.values()]
    may += [f"A cat on a sofa with no {thing} nearby." for thing in things]
    may += [f"There isn't {one} beside the dog." for one in ones.values()]
    for one in ones.values():
        may += [f"{one} with no {thing}" for thing in things] + [f"{one} with {other}" for other in ones.values()]
        may.append(f"there is {one}")
    by_tokens = {tuple(encoder.tokens([text])[0]): text for text in may}
    return {number: by_tokens[tuple(text(found, encoder, number))] for number in range(len(found.texts.lengths))}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 2 * IMAGES - 1), min_size=1, max_size=30, unique=True),
    st.sampled_from([0.0, 0.3, 0.9]),
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])),
    st.sampled_from([0, 1, 3]),
    st.integers(0, 10_000),
)
def test_a_batch_compares_what_differs(
    corpus: Corpus, rows: list[int], original: float, weights: tuple[float, float, float], phrases: int, seed: int
) -> None:
    captions, swaps, images = weights
    said = {"captions": captions, "swaps": swaps, "images": images, "phrases": phrases}
    rules = RULES.model_copy(update=said)

    def drawn() -> Batch:
        return draw(corpus, rows, original, rules, random.Random(seed))

    batch = drawn()
    assert batch == drawn()
    assert batch.rows == rows
    assert batch.images == [corpus.images[row] for row in rows]
    for place, row in enumerate(rows):
        assert batch.texts[place] in (corpus.negated[row], corpus.originals[row])
        assert original or batch.texts[place] == corpus.negated[row]
    wanted = {place for place, row in enumerate(rows) if captions and corpus.false[row] is not None}
    assert {true for _, true, _ in batch.captions} <= wanted
    assert bool(captions) or not batch.captions
    for _, true, false in batch.captions:
        assert batch.texts[false] == corpus.false[rows[true]]
    for found, of_rows in ((batch.whole, corpus.whole), (batch.phrases, corpus.phrases)):
        duels = [(row, duel) for row in rows for duel in of_rows[row]]
        known = {(corpus.images[row], duel.true, duel.false) for row, duel in duels}
        assert bool(swaps) or not found.texts
        for image, true, false in found.texts:
            assert (image, batch.texts[true], batch.texts[false]) in known
        assert bool(images) or not found.images
        for right, words, wrong in found.images:
            assert right != wrong
            assert any(
                batch.texts[words] == (duel.true if duel.denies else duel.false)
                and corpus.images[row] == (right if duel.denies else wrong)
                and (wrong if duel.denies else right)
                in corpus.showing[corpus.denied[row] or "", len(corpus.shows[corpus.images[row]])]
                for row, duel in duels
            )
    if not phrases:
        assert batch.phrases == Duels()


def test_of_images_that_show_as_much_the_one_that_shares_most_is_taken(encoder: TorchEncoder) -> None:
    rows = [
        Pair("0", "a.jpg", "A cat, a chair and a bus.", "A cat, a chair and a bus, with no dog.", "dog"),
        Pair("1", "b.jpg", "A dog, a chair and a cup.", "A dog, a chair and a cup with no kite.", "kite"),
        Pair("2", "c.jpg", "A dog, a cat and a chair.", "A dog, a cat and a chair with no kite.", "kite"),
        Pair("3", "d.jpg", "A dog, a chair, a bus and a cat.", "A dog, a chair, a bus and a cat with no kite.", "kite"),
    ]
    rules = RULES.model_copy(update={"phrases": 0, "candidates": 1000})
    batch = draw(made(encoder, rows), [0], 0.0, rules, random.Random(0))
    assert batch.whole.images == [(0, 0, 2)]


def test_an_image_with_nothing_of_what_the_text_affirms_is_no_opponent(encoder: TorchEncoder) -> None:
    rows = [
        Pair("0", "a.jpg", "A cat.", "A cat with no dog.", "dog"),
        Pair("1", "b.jpg", "A dog.", "A dog with no kite.", "kite"),
    ]
    rules = RULES.model_copy(update={"phrases": 0})
    assert draw(made(encoder, rows), [0], 0.0, rules, random.Random(0)).whole.images == []
    alone = rules.model_copy(update={"phrases": 8, "denying": ["no {other}"], "affirming": ["a photo with {an_other}"]})
    batch = draw(made(encoder, rows, alone), [0], 0.0, alone, random.Random(0))
    assert {(right, wrong) for right, _, wrong in batch.phrases.images} == {(0, 1), (1, 0)}


def test_the_share_of_original_captions(corpus: Corpus) -> None:
    rows = list(range(2 * IMAGES))
    originals = 0
    for seed in range(50):
        batch = draw(corpus, rows, 0.3, None, random.Random(seed))
        originals += sum(batch.texts[place] == corpus.originals[row] for place, row in enumerate(rows))
    assert originals / (50 * len(rows)) == pytest.approx(0.3, abs=0.04)


def test_one_text_of_many_rows_is_kept_once(encoder: TorchEncoder, tmp_path: Path) -> None:
    rows = [Pair(str(number), f"{number}.jpg", "A dog.", "A dog with no cat.", "cat") for number in range(IMAGES)]
    assert len(made(encoder, rows, None).texts.lengths) == 2
