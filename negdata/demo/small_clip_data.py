"""What the small CLIP is pre-trained on: pictures of training scenes with sentences that only affirm."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from negdata.demo.captions import ALL_FORMS, caption
from negdata.demo.patches import patch_labels
from negdata.demo.phrases import affirmed, named
from negdata.demo.referring import hang
from negdata.demo.scene import Scene

if TYPE_CHECKING:
    from numpy import ndarray

RESOLUTION, PATCH = 112, 16
CELLS = RESOLUTION // PATCH
_HUNG = 0.5
_CHUNK = 500
"""Scenes that a process draws at a time."""
_WORLDS_OWN = 0.6
_COLORED = 0.5
_EDGE = 13
"""Pixels of wall and frame around a scene that hangs."""


def rendered(scenes: Sequence[Scene], seed: int) -> tuple[ndarray, ndarray]:
    """Pictures uint8 [n, side, side, 3], and for each of their patches the kind that fills it [n, patches].

    Half of the scenes hang on a wall, as a benchmark's crops show them.
    """
    import numpy

    chunks = [scenes[start : start + _CHUNK] for start in range(0, len(scenes), _CHUNK)]
    seeds = range(seed, seed + len(chunks))
    if len(chunks) == 1:
        return _render(chunks[0], seed)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        done = list(pool.map(_render, chunks, seeds))
    return numpy.concatenate([pictures for pictures, _ in done]), numpy.concatenate([labels for _, labels in done])


def sentence(scene: Scene, chance: random.Random) -> str:
    """A true sentence about the scene that denies nothing."""
    if chance.random() < _WORLDS_OWN:
        return caption(scene, chance.randrange(ALL_FORMS))
    things = chance.sample(scene.objects, min(2, len(scene.objects)))
    names = [f"{thing.color} {thing.name}" if chance.random() < _COLORED else thing.name for thing in things]
    if len(names) == 1 or chance.random() < 1 / 3:
        return named(chance, names[0])
    return affirmed(chance, names[0], names[1])


def _render(scenes: Sequence[Scene], seed: int) -> tuple[ndarray, ndarray]:
    import numpy
    from PIL import Image

    chance = random.Random(f"hung {seed}")
    pictures, labels = [], []
    for scene in scenes:
        hung = chance.random() < _HUNG
        picture = hang([scene], chance) if hung else scene.image()
        edge = _EDGE if hung else 0
        picture = picture.resize((RESOLUTION, RESOLUTION), Image.Resampling.BICUBIC)
        pictures.append(numpy.asarray(picture))
        labels.append(patch_labels(scene, CELLS, edge))
    return numpy.stack(pictures), numpy.asarray(labels, dtype=numpy.int64)
