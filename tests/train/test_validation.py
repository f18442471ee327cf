"""What held-out rows say: the same each time, whoever asks, and the recall of a plain search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch

from negdata.processes import Processes
from negdata.train.gradients import text_tower
from negdata.train.loop import Course
from negdata.train.validation import AT, recall, validate
from tests.train.courses import course, recipe


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return course(tmp_path_factory.mktemp("course"), recipe())


def validated(made: Course, held: list[int], at_once: int = 64, rules: Any = None) -> dict[str, float]:
    tower = text_tower(made.encoder, compiled=False)
    scale = made.encoder.model.logit_scale.exp()
    return validate(made.corpus, held, tower, scale, rules or made.recipe, Processes(), at_once)


def test_it_says_the_same_each_time_and_in_pieces(made: Course) -> None:
    held = list(range(40))
    found = validated(made, held)
    assert found.keys() == {"loss", "infonce", "contrast_captions", "contrast_swaps", "contrast_images", "recall"}
    assert validated(made, held) == found
    assert validated(made, held, at_once=3) == pytest.approx(found, abs=1e-5)
    # In large batches, each of which has all parts.
    found = validated(made, held, rules=recipe(batches={"size": 40, "one_caption_an_image": True, "original": 0.5}))
    parts = found["infonce"] + 3 * found["contrast_captions"] + 2 * found["contrast_swaps"] + found["contrast_images"]
    assert found["loss"] == pytest.approx(parts, abs=1e-4)


def test_without_a_contrast_there_is_info_nce_alone(made: Course) -> None:
    found = validated(made, made.held, rules=recipe(contrast=None))
    assert found.keys() == {"loss", "infonce", "recall"}
    assert found["loss"] == found["infonce"]


def test_no_gradient_is_left(made: Course) -> None:
    validated(made, made.held)
    assert all(weight.grad is None for weight in made.moving.values())


@pytest.mark.parametrize("held", [list(range(40)), list(range(0, 40, 3)), [0, 1, 39]])
def test_recall_is_that_of_a_plain_search(made: Course, held: list[int]) -> None:
    corpus = made.corpus
    images = sorted({corpus.images[row] for row in held})
    captions = {(corpus.pairs[row].caption, corpus.images[row]) for row in held}
    hits = 0
    for caption, own in captions:
        text = made.encoder.encode_texts([caption])[0]
        likeness = {image: float(corpus.features.vectors[image] @ text) for image in images}
        hits += sum(value >= likeness[own] for value in likeness.values()) <= AT
    found = recall(corpus, held, text_tower(made.encoder, compiled=False), Processes(), 8)
    assert found == pytest.approx(hits / len(captions))


def test_few_images_are_all_found(made: Course) -> None:
    assert recall(made.corpus, [0, 1, 2, 3], text_tower(made.encoder, compiled=False), Processes(), 8) == 1.0


def test_a_tie_is_no_find(tmp_path: Path) -> None:
    made = course(tmp_path, recipe())
    made.corpus.features.vectors.copy_(
        torch.nn.functional.normalize(torch.ones_like(made.corpus.features.vectors), dim=-1)
    )
    assert recall(made.corpus, list(range(40)), text_tower(made.encoder, compiled=False), Processes(), 8) == 0.0
