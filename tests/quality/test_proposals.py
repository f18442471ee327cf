"""Proposed objects are absent from the image, and go with the caption: NegBench's lists and COCO's boxes tell."""

from __future__ import annotations

import pytest

from negdata.vocabulary import Cooccurrence
from tests.quality.proposals import (
    CAPTIONS,
    INSTANCES,
    NEGBENCH,
    Proposal,
    at_random,
    by_cooccurrence,
    company,
    figures,
    proposals,
    read_images,
)

pytestmark = pytest.mark.skipif(
    not all(path.exists() for path in (NEGBENCH, INSTANCES, CAPTIONS)),
    reason="COCO's and NegBench's annotations are not under ../shared/data",
)
IMAGES = 60


@pytest.fixture(scope="module")
def plausible() -> list[Proposal]:
    return proposals(read_images(IMAGES), by_cooccurrence(Cooccurrence.shipped()))


@pytest.fixture(scope="module")
def drawn() -> list[Proposal]:
    return proposals(read_images(IMAGES), at_random())


def test_nearly_all_proposals_are_absent(plausible: list[Proposal]) -> None:
    found = figures(plausible)
    assert found.proposals >= 290  # of 300 captions
    assert found.absent >= 0.93
    assert found.categories >= 40
    assert found.absent_categories >= 0.85  # the whole file gives over 0.9; 60 images give ±0.07


def test_proposals_go_with_the_caption_several_times_better_than_chance(
    plausible: list[Proposal], drawn: list[Proposal]
) -> None:
    shipped = Cooccurrence.shipped()
    assert company(plausible, shipped) > 5 * company(drawn, shipped)


def test_a_corpus_negates_many_different_things(plausible: list[Proposal]) -> None:
    assert figures(plausible).distinct >= 120
