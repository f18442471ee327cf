"""What held-out rows say of a model while it is trained: its loss, and how well affirmative captions find images."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from negdata.processes import Processes
from negdata.train.anchor import Anchor
from negdata.train.batches import batches_of
from negdata.train.corpus import Corpus, draw
from negdata.train.gradients import Encoded, Tower, batch_loss
from negdata.train.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

MOST_ROWS = 5_000
"""Of retrieval: more say little more, and their similarities would not fit into memory."""
AT = 5
"""The k of the recall."""


def validate(
    corpus: Corpus,
    held: Sequence[int],
    tower: Tower,
    scale: Tensor,
    recipe: Recipe,
    processes: Processes,
    at_once: int,
    anchor: Anchor | None = None,
) -> dict[str, float]:
    """The losses over the held-out rows, always in the same batches, and the recall of their original captions.

    Returns:
        ``loss`` and its parts, each the mean over batches, and ``recall``, the share of original captions whose image
        is among the five most alike of the held-out images.
    """
    sums: dict[str, list[float]] = {}
    order = batches_of([corpus.images[row] for row in held], recipe.batches, recipe.seed, -1)
    for number, places in enumerate(order):
        rows = [held[place] for place in places]
        chance = random.Random(f"{recipe.seed}:validation:{number}")
        batch = draw(corpus, rows, recipe.batches.original, recipe.contrast, chance)
        embeddings = _embedded(tower, corpus, batch.texts, processes, at_once)
        before = anchor.of(batch) if anchor is not None else None
        losses = batch_loss(batch, corpus, embeddings, scale.detach(), recipe.contrast, before)
        for name, value in losses.numbers().items():
            sums.setdefault(name, []).append(value)
    means = {name: sum(values) / len(values) for name, values in sums.items()}
    return means | {"recall": recall(corpus, held[:MOST_ROWS], tower, processes, at_once)}


def recall(corpus: Corpus, held: Sequence[int], tower: Tower, processes: Processes, at_once: int) -> float:
    """The share of rows whose original caption has its image among the five most alike; a tie is no find."""
    import torch

    images = list(dict.fromkeys(corpus.images[row] for row in held))
    place = {image: number for number, image in enumerate(images)}
    captions = {(corpus.originals[row], corpus.images[row]): None for row in held}
    embeddings = _embedded(tower, corpus, [text for text, _ in captions], processes, at_once)
    vectors = corpus.features.vectors[torch.tensor(images)].to(embeddings.device)
    alike = embeddings @ vectors.t()
    own = alike.gather(1, torch.tensor([[place[image]] for _, image in captions], device=alike.device))
    found: float = ((alike >= own).sum(1) <= AT).float().mean().item()
    return found


def _embedded(tower: Tower, corpus: Corpus, texts: Sequence[int], processes: Processes, at_once: int) -> Tensor:
    return Encoded(tower, corpus.texts, texts, processes, at_once=at_once, keep=False).embeddings.detach()
