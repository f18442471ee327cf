"""The classifier of words finds what can be told from words, and finds little in the questions that are built."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("numpy")

from negdata.benchmark.negbench.mcq import build_mcq
from tests.quality.blind_mcq import ANNOTATIONS, NEGBENCH, Texts, images, learned, negbench, options, texts_of


def planted(leak: bool, size: int = 120) -> list[Texts]:
    """Questions whose right answers hold a word more often than not, or stand anywhere by lot."""
    rng = random.Random(0)
    words = "cat dog bus car kite oven bed sink".split()
    found = []
    for number in range(size):
        right = rng.randrange(4)
        captions = [f"there is a {rng.choice(words)}" for _ in range(4)]
        if leak and rng.random() < 0.9:
            captions[right] += " indeed"
        found.append(Texts(f"{number}.jpg", tuple(captions), right))
    return found


def test_what_words_tell_is_found() -> None:
    assert learned(planted(leak=True)).accuracy > 0.85


def test_where_words_tell_nothing_nothing_is_found() -> None:
    # 120 questions, half of them tested in each of 20 overlapping ways: 4 standard deviations are 16 points.
    assert 0.09 < learned(planted(leak=False)).accuracy < 0.41


@pytest.mark.skipif(not ANNOTATIONS.exists(), reason="needs ../shared/data/coco/annotations")
def test_words_tell_no_more_of_built_questions_than_lot() -> None:
    quick = options().model_copy(update={"tries": 40})
    found = learned(texts_of(build_mcq(images("val2017"), quick, 0)))
    assert found.accuracy < 0.35
    assert found.contrary < 0.35


@pytest.mark.skipif(not NEGBENCH.exists(), reason="needs ../shared/data/negbench")
def test_words_tell_the_answers_of_published_questions() -> None:
    assert learned(negbench()).accuracy > 0.5
