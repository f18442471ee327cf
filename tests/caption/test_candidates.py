"""Candidates: absent from every caption of the image, different for each, and the same in every run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.caption.candidates import (
    Choice,
    CorpusContext,
    ImageContext,
    image_context,
    plausible_candidates,
    random_candidates,
)
from negdata.vocabulary import Cooccurrence, vocabulary

KNOWN = vocabulary()
TABLE = Cooccurrence.shipped()
IMAGES: dict[str, list[str]] = {
    "street": [
        "A man rides a motorcycle down the street.",
        "A biker on a busy road.",
        "Someone riding past parked cars.",
        "A motorcycle in traffic.",
        "A man in a helmet on a bike.",
    ],
    "kitchen": [
        "A kitchen with a stove.",
        "A small kitchen.",
        "A stove next to a sink.",
        "Pots on a stove.",
        "A kitchen.",
    ],
    "tennis": ["A man on a tennis court.", "A tennis player serves.", "A man swings a racket.", "Tennis.", "A match."],
    "baby": ["A mother with her infant.", "A woman holds a baby.", "A baby on a couch.", "A mom and baby.", "A baby."],
    "same": ["A dog.", "A dog.", "A dog."],
    "nothing": ["What a day!", "…"],
}
Kind = Callable[[ImageContext, str, int, int], list[str]]
WORDS = st.sampled_from(
    "a man woman dog two on in riding kitchen beach surfing street tennis pizza plate cat bed snow train".split()
)
CAPTIONS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=5)


def _plausible(context: ImageContext, image: str, seed: int, n: int) -> list[str]:
    return plausible_candidates(context, TABLE, KNOWN, n=n, seed=seed, image=image)


def _random(context: ImageContext, image: str, seed: int, n: int) -> list[str]:
    return random_candidates(context, KNOWN, n=n, seed=seed, image=image)


KINDS = pytest.mark.parametrize("kind", [_plausible, _random], ids=["plausible", "random"])


def _propose(images: dict[str, list[str]], kind: Kind, seed: int = 0, n: int = 8) -> dict[str, list[list[str]]]:
    rows = [(f"{name}-{i}", name, text) for name, texts in images.items() for i, text in enumerate(texts)]
    with CorpusContext.build(rows) as corpus:
        return {
            name: [kind(corpus.image(name, f"{name}-{i}"), name, seed, n) for i in range(len(texts))]
            for name, texts in images.items()
        }


def _check(texts: list[str], made: list[list[str]]) -> None:
    mentioned = {mention.name for text in texts for mention in KNOWN.find(text)}
    implied = {name for text in texts for name in KNOWN.setting(text).implied}
    implied |= {name for one in mentioned for name in KNOWN.entries[one].implies}
    every = [name for names in made for name in names]
    assert len(set(every)) == len(every)
    for names in made:
        for place, name in enumerate(names):
            assert not KNOWN.entries[name].background
            assert not any(KNOWN.kin(name, one) for one in mentioned)
            assert name not in implied
            assert implied.isdisjoint(KNOWN.ancestors(name))
            assert not any(KNOWN.kin(name, other) for other in names[:place])
    if any("person" in KNOWN.ancestors(one) for one in mentioned):
        assert not any("person" in KNOWN.ancestors(name) for name in every)


@KINDS
@pytest.mark.parametrize("image", IMAGES)
def test_none_is_there_and_none_stands_twice(kind: Kind, image: str) -> None:
    _check(IMAGES[image], _propose(IMAGES, kind)[image])


@KINDS
@settings(max_examples=60, deadline=None)
@given(texts=CAPTIONS, seed=st.integers(0, 5))
def test_so_it_is_with_any_captions(kind: Kind, texts: list[str], seed: int) -> None:
    _check(texts, _propose({"one": texts}, kind, seed)["one"])


@KINDS
def test_every_caption_gets_as_many_as_asked(kind: Kind) -> None:
    for image in ("street", "kitchen", "baby"):
        assert [len(names) for names in _propose(IMAGES, kind, n=4)[image]] == [4] * 5


def test_nothing_plausible_for_a_caption_that_names_nothing() -> None:
    assert _propose(IMAGES, _plausible)["nothing"] == [[], []]


@KINDS
def test_the_seed_alone_decides(kind: Kind) -> None:
    first = _propose(IMAGES, kind)
    assert _propose(IMAGES, kind) == first
    assert _propose(dict(reversed(IMAGES.items())), kind) == first
    assert _propose({"street": IMAGES["street"]}, kind)["street"] == first["street"]
    assert _propose(IMAGES, kind, seed=1) != first


def test_another_process_gives_the_same() -> None:
    code = (
        "from tests.caption.test_candidates import IMAGES, _plausible, _propose, _random\n"
        "print([_propose(IMAGES, kind) for kind in (_plausible, _random)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([_propose(IMAGES, kind) for kind in (_plausible, _random)])


def test_the_first_are_not_strange() -> None:
    made = _propose(IMAGES, _plausible)
    indoors = {"oven", "bed", "toilet", "bathtub"}
    for image, strange in {
        "tennis": {"surfboard", "elephant", *indoors},
        "baby": {"elephant", "surfboard", "truck", "giraffe"},
        "street": {"solar panel", "megaphone", "wedding ring", "elephant", *indoors},
        "kitchen": {"surfboard", "car", "tree", "horse"},
    }.items():
        assert not strange & {names[0] for names in made[image]}


@pytest.mark.parametrize(
    ("captions", "scenes"),
    [
        # A field is a farm's unless something else is played on it.
        (["A group of soccer players on a field.", "Men play soccer."], {"sports field"}),
        (["A cow in a field.", "A cow eating grass."], {"farm"}),
        # Of what one caption tells alone, nothing shows: the elephant is at home in a zoo.
        (["An elephant drinks at the zoo.", "An elephant at a zoo.", "An elephant, downtown."], {"zoo"}),
        (["A man in a kitchen.", "A man.", "A person."], {"kitchen"}),
        (["A man.", "A person."], set()),
    ],
)
def test_the_scenes_of_an_image_are_those_that_it_bears_out(captions: list[str], scenes: set[str]) -> None:
    with CorpusContext.build((f"c{i}", "a.jpg", text) for i, text in enumerate(captions)) as corpus:
        assert corpus.image("a.jpg", "c0").scenes == scenes


def test_an_image_is_seen_from_each_of_its_captions() -> None:
    rows = [(f"c{i}", "a.jpg", text) for i, text in enumerate(IMAGES["street"])]
    with CorpusContext.build([*rows, ("d", "b.jpg", "A cat.")]) as corpus:
        seen = corpus.image("a.jpg", "c1")
        assert (seen.ordinal, seen.of) == (1, 5)
        assert seen.others == tuple(text for _, _, text in (rows[0], *rows[2:]))
        assert {"man", "motorcycle", "car", "helmet"} <= seen.mentioned
        assert "street" in seen.scenes
        assert corpus.image("b.jpg", "d").others == ()
        assert (corpus.counts.images, corpus.counts.objects["cat"]) == (2, 1)


def test_an_image_by_itself_is_seen_as_in_its_corpus() -> None:
    texts = IMAGES["tennis"]
    rows = [(f"tennis-{number}", "tennis", text) for number, text in enumerate(texts)]
    with CorpusContext.build(rows) as corpus:
        for ordinal in range(len(texts)):
            assert image_context(texts, ordinal) == corpus.image("tennis", f"tennis-{ordinal}")


@KINDS
@settings(max_examples=40, deadline=None)
@given(texts=CAPTIONS, allowed=st.frozensets(st.sampled_from(sorted(KNOWN.entries)), max_size=80))
def test_only_what_is_allowed_is_a_candidate(kind: Kind, texts: list[str], allowed: frozenset[str]) -> None:
    def made(of: frozenset[str] | None, texts: list[str] = texts) -> list[list[str]]:
        with CorpusContext.build((f"c{i}", "a.jpg", text) for i, text in enumerate(texts)) as corpus:
            contexts = [corpus.image("a.jpg", f"c{i}") for i in range(len(texts))]
            choice = Choice(of)
            if kind is _plausible:
                return [
                    plausible_candidates(one, TABLE, KNOWN, n=8, seed=0, image="a.jpg", choice=choice)
                    for one in contexts
                ]
            return [random_candidates(one, KNOWN, n=8, seed=0, image="a.jpg", choice=choice) for one in contexts]

    found = made(allowed)
    assert {name for names in found for name in names} <= allowed
    _check(texts, found)
    assert made(None) == made(frozenset(KNOWN.entries))


@pytest.mark.parametrize("kind", ["plausible", "random"])
def test_of_few_that_are_allowed_each_caption_gets_its_share(kind: str) -> None:
    allowed = frozenset({"dog", "umbrella", "bicycle", "truck", "bus", "handbag", "traffic light", "bench", "backpack"})
    rows = [(f"c{i}", "a.jpg", text) for i, text in enumerate(IMAGES["street"][:2])]
    with CorpusContext.build(rows) as corpus:
        contexts = [corpus.image("a.jpg", f"c{i}") for i in range(2)]
    choice = Choice(allowed)
    if kind == "plausible":
        made = [plausible_candidates(one, TABLE, KNOWN, n=4, seed=0, image="a", choice=choice) for one in contexts]
    else:
        made = [random_candidates(one, KNOWN, n=4, seed=0, image="a", choice=choice) for one in contexts]
    assert all(made)
    assert not set(made[0]) & set(made[1])
    assert set(made[0]) | set(made[1]) <= allowed
