"""Small trainings: a CLIP of the true class with random weights, real tokens, and images that are embeddings alone."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.processes import Processes
from negdata.train.checkpoint import TrainingState
from negdata.train.corpus import corpus_of
from negdata.train.curves import CurveLine
from negdata.train.loop import Course
from negdata.train.optimizer import adamw
from negdata.train.pairs import Pair
from negdata.train.recipe import Recipe
from negdata.train.trainable import prepare
from tests.clip.tiny import clip_folder

THINGS = "dog cat horse bird car bus bicycle umbrella bench chair cup bottle".split()
PLACES = ("in a park", "on a wet street in the evening", "near a table", "by the window of a small old house")
RULES: dict[str, Any] = {
    "name": "test",
    "version": 1,
    "title": "",
    "description": "",
    "split": {"by": "image", "share": 0.2},
    "batches": {"size": 8, "one_caption_an_image": True, "original": 0.5},
    "epochs": 2,
    "trained": {"layers": "all", "final_norm": "frozen", "logit_scale": "clamped"},
    "optimizer": {"lr": 1e-3, "weight_decay": 0.01},
    "schedule": {"shape": "cosine", "warmup": 0.1},
    "contrast": {
        "captions": 3.0,
        "swaps": 2.0,
        "images": 1.0,
        "margin": 0.0,
        "phrases": 2,
        "denying": ["{thing} with no {other}"],
        "affirming": ["{thing} with {an_other}"],
    },
    "keep": {"epoch": "best"},
}


@dataclass(frozen=True)
class Embeddings:
    """Images as embeddings; what the cache of features gives."""

    vectors: torch.Tensor
    row_of: dict[str, int]
    failed: dict[str, Any] = field(default_factory=dict)


def recipe(**changed: Any) -> Recipe:
    """The rules above, with other values for some."""
    return Recipe.model_validate(RULES | changed)


def pairs(images: int = 20, captions: int = 2) -> list[Pair]:
    """Two captions an image; each denies a thing that other images show, some of them beside one of its own."""
    made = []
    for image in range(images):
        for number in range(captions):
            thing, other, absent = (THINGS[(image + step) % len(THINGS)] for step in (0, 7, 1 + number))
            place = PLACES[(image + number) % len(PLACES)]
            made.append(
                Pair(
                    id=f"{image}-{number}",
                    image=f"{image}.jpg",
                    caption=f"A {thing} and a {other} {place}.",
                    negated_caption=f"A {thing} and a {other} {place} with no {absent}.",
                    negated=absent,
                    false_caption=f"A place {place} with no {thing}." if number == 0 else None,
                )
            )
    return made


def encoder(folder: Path) -> TorchEncoder:
    """A small CLIP from a folder; where there is none it is made, and the model is a copy of one that was read once."""
    if not (folder / "config.json").is_file():
        clip_folder(folder)
        return copy.deepcopy(_read_once())
    return _read(folder)


@cache
def _read_once() -> TorchEncoder:
    with tempfile.TemporaryDirectory() as folder:
        return _read(clip_folder(Path(folder)))


def _read(folder: Path) -> TorchEncoder:
    found = load_dual_encoder(str(folder), device="cpu", dtype="float32")
    assert isinstance(found, TorchEncoder)
    return found


def course(folder: Path, rules: Recipe, *, processes: Processes | None = None, **options: Any) -> Course:
    """A training of these rules in a folder."""
    model = encoder(folder / "clip")
    rows = pairs()
    chance = torch.Generator().manual_seed(1)
    vectors = torch.nn.functional.normalize(torch.randn(20, model.dim, generator=chance), dim=-1)
    features = Embeddings(vectors, {f"{number}.jpg": number for number in range(20)})
    corpus = corpus_of(rows, features, model, rules.contrast)  # type: ignore[arg-type]
    moving = prepare(model.model, rules.trained, rules.seed)
    (folder / "out" / "checkpoint").mkdir(parents=True, exist_ok=True)
    return Course(
        encoder=model,
        recipe=rules,
        corpus=corpus,
        rows=list(range(32)),
        held=list(range(32, 40)),
        moving=moving,
        optimizer=adamw(moving, rules.optimizer),
        processes=processes or Processes(),
        folder=folder / "out" / "checkpoint",
        **options,
    )


def trained(made: Course) -> tuple[TrainingState, list[dict[str, Any]]]:
    """Runs it; the state and the lines of the curve."""
    from negdata.train.loop import train

    lines: list[dict[str, Any]] = []
    state = train(made, TrainingState(), into(lines))
    return state, lines


def into(lines: list[dict[str, Any]]) -> Callable[[CurveLine], None]:
    """Takes lines of a curve into a list."""
    return lambda line: lines.append(line.model_dump())
