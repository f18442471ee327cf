"""The figures of a corpus add up, and are those of its captions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.negation import CorpusStatistics, CueStatistics, corpus_statistics, find_cues, find_lookalikes
from tests.negation.shared import COCO_CAPTIONS, coco_captions
from tests.negation.test_detect import ANY_TEXT

CORPUS = [
    "A man with no hat and no shoes.",
    "A bench with nobody on it",
    "A street with no cars, and a leaf-free tree.",
    "A no parking sign",
    "bus no. 12",
    "Tea instead of coffee",
    "A dog",
    "",
]


def _counts(figures: list[CueStatistics]) -> dict[str, tuple[int, int]]:
    return {figure.cue: (figure.captions, figure.occurrences) for figure in figures}


def test_a_small_corpus_is_counted_by_hand() -> None:
    found = corpus_statistics(CORPUS)
    assert (found.captions, found.negated_captions, found.negated_share) == (8, 3, 3 / 8)
    assert found.words == 8 + 6 + 10 + 4 + 3 + 4 + 2
    # "no" three times, "nobody", and the "free" of "-free".
    assert found.negating_words == 3 + 1 + 1
    assert found.negating_word_share == found.negating_words / found.words
    assert _counts(found.cues) == {"no": (2, 3), "nobody": (1, 1), "-free": (1, 1)}
    assert _counts(found.lookalikes) == {"sign text": (1, 1), "number": (1, 1)}
    assert _counts(found.weak_cues) == {"instead of": (1, 1)}
    assert found.cues[0].examples == [CORPUS[0], CORPUS[2]]


def test_an_empty_corpus_has_no_shares() -> None:
    found = corpus_statistics([])
    assert (found.captions, found.words, found.negated_share, found.negating_word_share) == (0, 0, 0.0, 0.0)
    assert found.cues == found.lookalikes == found.weak_cues == []


@pytest.mark.parametrize("limit", [0, 1, 5])
def test_no_more_examples_are_kept_than_asked(limit: int) -> None:
    (figure,) = corpus_statistics((f"{n} men with no hat" for n in range(4)), examples_per_cue=limit).cues
    assert figure.captions == 4
    assert figure.examples == [f"{n} men with no hat" for n in range(min(limit, 4))]


def test_figures_survive_json() -> None:
    found = corpus_statistics(CORPUS)
    assert CorpusStatistics.model_validate(json.loads(found.model_dump_json())) == found


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=12))
def test_figures_of_any_corpus_add_up(captions: list[str]) -> None:
    found = corpus_statistics(iter(captions))
    assert found.captions == len(captions)
    assert found.negated_captions == sum(bool(find_cues(caption)) for caption in captions)
    assert sum(figure.occurrences for figure in found.cues) == sum(len(find_cues(caption)) for caption in captions)
    assert sum(f.occurrences for f in found.lookalikes) == sum(len(find_lookalikes(caption)) for caption in captions)
    for figure in (*found.cues, *found.lookalikes, *found.weak_cues):
        assert figure.captions <= figure.occurrences
        assert set(figure.examples) <= set(captions)
    assert found.negating_words <= found.words
    assert 0 <= found.negated_share <= 1
    assert 0 <= found.negating_word_share <= 1


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=8), st.lists(ANY_TEXT, max_size=8))
def test_two_corpora_count_as_much_together_as_apart(one: list[str], other: list[str]) -> None:
    first, second, both = corpus_statistics(one), corpus_statistics(other), corpus_statistics(one + other)
    assert both.negated_captions == first.negated_captions + second.negated_captions
    assert both.words == first.words + second.words
    assert both.negating_words == first.negating_words + second.negating_words


@pytest.mark.skipif(not COCO_CAPTIONS.exists(), reason="COCO's captions are not under ../shared/data")
def test_coco_negates_less_than_one_caption_in_a_hundred() -> None:
    found = corpus_statistics(coco_captions())
    assert found.captions == 25_014
    assert 0.003 < found.negated_share < 0.006
    assert found.cues[0].cue == "no"
