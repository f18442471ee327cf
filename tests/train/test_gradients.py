"""The gradients of a batch, in pieces, equal those of the plain way: all texts padded to 77 in one pass."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize, softplus

from negdata.processes import Processes
from negdata.train.corpus import Batch, draw
from negdata.train.gradients import Encoded, batch_loss, text_tower
from negdata.train.loop import Course
from tests.train.courses import course, recipe


def drawn(made: Course) -> Batch:
    return draw(made.corpus, made.rows[:12], 0.3, made.recipe.contrast, random.Random(0))


def plain_gradients(made: Course, batch: Batch) -> tuple[float, dict[str, torch.Tensor]]:
    """Written out from the definition."""
    model, texts = made.encoder.model, made.corpus.texts
    # As they were tokenised; that these are the right ones is tested with the corpus.
    rows = [texts.padded([number])[0].tolist() for number in batch.texts]
    tokens = torch.full((len(rows), 77), made.encoder.tokenization.pad)
    for row, found in enumerate(rows):
        tokens[row, : len(found)] = torch.tensor(found)
    embedded = normalize(made.encoder.text_features(tokens), dim=-1)
    vectors = made.corpus.features.vectors
    images, captions = vectors[batch.images], embedded[: len(batch.rows)]
    scale = model.logit_scale.exp()
    own = torch.arange(len(images))
    loss = cross_entropy(scale * images @ captions.T, own) / 2 + cross_entropy(scale * captions @ images.T, own) / 2
    fixed = scale.detach()

    def of_texts(duels: list[tuple[int, int, int]]) -> torch.Tensor:
        gaps = [vectors[image] @ (embedded[false] - embedded[true]) for image, true, false in duels]
        return torch.stack([softplus(fixed * gap) for gap in gaps]).mean()

    def of_images(duels: list[tuple[int, int, int]]) -> torch.Tensor:
        gaps = [embedded[text] @ (vectors[wrong] - vectors[right]) for right, text, wrong in duels]
        return torch.stack([softplus(fixed * gap) for gap in gaps]).mean()

    loss = loss + 3 * of_texts(batch.captions) + 2 * of_texts([*batch.whole.texts, *batch.phrases.texts])
    loss = loss + of_images([*batch.whole.images, *batch.phrases.images])
    loss.backward()
    gradients = {name: weight.grad.clone() for name, weight in made.moving.items() if weight.grad is not None}
    model.zero_grad()
    return float(loss.detach()), gradients


@pytest.mark.parametrize(("at_once", "keep"), [(64, True), (4, True), (4, False), (1, False)])
def test_in_pieces_as_in_one(tmp_path: Path, at_once: int, keep: bool) -> None:
    made = course(tmp_path, recipe())
    batch = drawn(made)
    assert batch.captions
    assert all((batch.whole.texts, batch.whole.images, batch.phrases.texts, batch.phrases.images))
    wanted_loss, wanted = plain_gradients(made, batch)
    tower = text_tower(made.encoder, compiled=False)
    texts = Encoded(tower, made.corpus.texts, batch.texts, Processes(), at_once=at_once, keep=keep)
    losses = batch_loss(
        batch, made.corpus, texts.embeddings, made.encoder.model.logit_scale.exp(), made.recipe.contrast
    )
    losses.total.backward()
    texts.back()
    assert float(losses.total.detach()) == pytest.approx(wanted_loss, abs=1e-5)
    assert set(wanted) == {name for name, weight in made.moving.items() if weight.grad is not None}
    for name, gradient in wanted.items():
        torch.testing.assert_close(made.moving[name].grad, gradient, atol=1e-5, rtol=1e-3)
