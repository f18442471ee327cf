"""The recipe ``negationclip`` equals a straight reading of the paper's method: every image encoded in every step, text
padded to 77 tokens, a plain loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from negdata.demo import draw_scene
from negdata.processes import Processes
from negdata.shipped import shipped
from negdata.train.batches import shuffled
from negdata.train.corpus import corpus_of
from negdata.train.loop import Course
from negdata.train.optimizer import adamw
from negdata.train.recipe import Recipe, TrainedRule
from negdata.train.trainable import prepare
from negdata.yamlfile import read_mapping
from tests.train.courses import Embeddings, encoder, pairs, trained

STEPS = 20
SIZE = 8
NO_GRADIENT = "k_proj.bias"
"""Softmax doesn't change when all logits grow alike: what AdamW makes of its gradient is rounding, blown up."""


def rules(lr: float | None) -> Recipe:
    content, _ = read_mapping(shipped("train") / "negationclip.yaml")
    content["batches"]["size"] = SIZE
    content["steps"] = STEPS
    if lr is not None:
        content["optimizer"]["lr"] = lr
    return Recipe.model_validate(content)


def the_papers(folder: Path, recipe: Recipe) -> tuple[list[float], Any]:
    """Losses and the model, by a loop that caches, sorts and cuts nothing."""
    clip = encoder(folder / "clip")
    model, rows = clip.model, pairs()
    pixels = {f"{number}.jpg": clip.prepare(draw_scene(number).image()) for number in range(20)}
    for name, weight in model.named_parameters():
        frozen = name.startswith(("vision_model.", "visual_projection.")) or "final_layer_norm" in name
        weight.requires_grad_(not frozen)
    moving = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=recipe.optimizer.lr, weight_decay=0.01, foreach=False)
    losses: list[float] = []
    epoch = 0
    while len(losses) < STEPS:
        for batch in shuffled(32, SIZE, recipe.seed, epoch):
            images = torch.stack([pixels[rows[row].image] for row in batch])
            tokens = torch.full((len(batch), 77), clip.tokenization.pad)
            for place, found in enumerate(clip.tokens([rows[row].negated_caption for row in batch])):
                tokens[place, : len(found)] = torch.tensor(found)
            of_images = normalize(clip.image_features(images), dim=-1)
            of_texts = normalize(clip.text_features(tokens), dim=-1)
            logits = model.logit_scale.exp() * of_images @ of_texts.T
            own = torch.arange(len(batch))
            loss = (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        epoch += 1
    return losses[:STEPS], model


def ours(folder: Path, recipe: Recipe) -> tuple[list[float], Course]:
    clip = encoder(folder / "clip")
    rows = pairs()
    prepared = torch.stack([clip.prepare(draw_scene(number).image()) for number in range(20)])
    features = Embeddings(clip.encode_images(prepared), {f"{number}.jpg": number for number in range(20)})
    moving = prepare(clip.model, recipe.trained, recipe.seed)
    (folder / "out" / "checkpoint").mkdir(parents=True)
    made = Course(
        encoder=clip,
        recipe=recipe,
        corpus=corpus_of(rows, features, clip, None),  # type: ignore[arg-type]
        rows=list(range(32)),
        held=list(range(32, 40)),
        moving=moving,
        optimizer=adamw(moving, recipe.optimizer),
        processes=Processes(),
        folder=folder / "out" / "checkpoint",
    )
    _, lines = trained(made)
    return [line["loss"] for line in lines if "loss" in line], made


@pytest.mark.parametrize("lr", [None, 1e-4], ids=["the recipe's rate", "a hundred times that"])
def test_the_same_losses_and_weights(tmp_path: Path, lr: float | None) -> None:
    recipe = rules(lr)
    wanted, model = the_papers(tmp_path, recipe)
    found, made = ours(tmp_path, recipe)
    assert found == pytest.approx(wanted, abs=1e-4)
    start = encoder(tmp_path / "clip").model.state_dict()
    theirs = dict(model.named_parameters())
    for name, weight in made.moving.items():
        if not name.endswith(NO_GRADIENT):
            torch.testing.assert_close(weight, theirs[name], atol=1e-4, rtol=0)
            # Not only is the difference small: both have gone the same way.
            one, other = (weight - start[name]).flatten(), (theirs[name] - start[name]).flatten()
            assert torch.cosine_similarity(one, other, dim=0) > 0.98, name
    for name, tensor in made.encoder.model.state_dict().items():
        if name not in made.moving:
            assert torch.equal(tensor, start[name]), name


def test_the_recipe_is_the_papers() -> None:
    content, _ = read_mapping(shipped("train") / "negationclip.yaml")
    recipe = Recipe.model_validate(content)
    assert (recipe.split.by, recipe.split.share) == ("annotation", 0.2)
    assert (recipe.batches.size, recipe.epochs) == (512, 15)
    assert (recipe.optimizer.lr, recipe.optimizer.weight_decay, recipe.optimizer.clip_norm) == (1e-6, 0.01, None)
    assert (recipe.batches.original, recipe.contrast) == (0, None)
    assert recipe.trained == TrainedRule(layers="all", final_norm="frozen", logit_scale="free")
    assert recipe.keep.epoch == "best"
    assert recipe.keep.alphas == [1.0]
