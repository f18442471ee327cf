"""What denies nothing is held where the start's text tower put it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from negdata.processes import Processes
from negdata.train.anchor import anchored
from negdata.train.checkpoint import TrainingState
from negdata.train.corpus import draw
from negdata.train.gradients import Encoded, batch_loss, text_tower
from negdata.train.loop import Course, train
from negdata.train.validation import validate
from tests.train.courses import RULES, course, recipe

ANCHORED = recipe(contrast=RULES["contrast"] | {"anchor": 2.0})


def anchored_course(folder: Path) -> Course:
    made = course(folder, ANCHORED)
    anchor = anchored(made.encoder, made.corpus, made.recipe.contrast, Processes(), 8)
    assert anchor is not None
    return Course(**{name: getattr(made, name) for name in made.__dataclass_fields__} | {"anchor": anchor})


def test_a_recipe_without_an_anchor_has_none(tmp_path: Path) -> None:
    made = course(tmp_path, recipe())
    assert anchored(made.encoder, made.corpus, made.recipe.contrast, Processes(), 8) is None
    assert anchored(made.encoder, made.corpus, None, Processes(), 8) is None


def test_what_affirms_is_what_is_held(tmp_path: Path) -> None:
    made = course(tmp_path, ANCHORED)
    rows = made.rows[:12]
    batch = draw(made.corpus, rows, 0.3, made.recipe.contrast, random.Random(0))
    originals = {place for place, row in enumerate(rows) if batch.texts[place] == made.corpus.originals[row]}
    phrases = {
        number
        for row in rows
        for duel in made.corpus.phrases[row]
        for number in (duel.true, duel.false)
        if not duel.denies
    }
    held = batch.affirming
    assert len(set(held)) == len(held)
    assert originals == {place for place in held if place < len(rows)}
    assert {batch.texts[place] for place in held if place >= len(rows)} <= phrases
    assert set(held) - originals


def test_the_loss_is_how_far_they_have_moved(tmp_path: Path) -> None:
    made = anchored_course(tmp_path)
    assert made.anchor is not None
    batch = draw(made.corpus, made.rows[:12], 0.5, made.recipe.contrast, random.Random(1))
    numbers = [batch.texts[place] for place in batch.affirming]
    with torch.no_grad():
        before = normalize(made.encoder.text_features(made.corpus.texts.padded(numbers)), dim=-1)
        for weight in made.moving.values():
            weight.add_(0.02 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(2)))
        after = normalize(made.encoder.text_features(made.corpus.texts.padded(numbers)), dim=-1)
    torch.testing.assert_close(made.anchor.of(batch), before, atol=1e-5, rtol=1e-4)
    scale = made.encoder.model.logit_scale.exp()
    texts = Encoded(
        text_tower(made.encoder, compiled=False), made.corpus.texts, batch.texts, Processes(), at_once=8, keep=True
    )
    losses = batch_loss(batch, made.corpus, texts.embeddings, scale, made.recipe.contrast, made.anchor.of(batch))
    bare = batch_loss(batch, made.corpus, texts.embeddings, scale, made.recipe.contrast)
    moved = float(scale.detach()) * float((1 - (before * after).sum(1)).mean())
    assert losses.anchor is not None
    assert moved > 0.01
    assert float(losses.anchor) == pytest.approx(moved, rel=1e-3)
    assert float(losses.total) == pytest.approx(float(bare.total) + 2 * moved, rel=1e-4)
    losses.total.backward()
    texts.back()
    assert all(weight.grad is None for weight in made.encoder.model.vision_model.parameters())


def test_the_start_stays_the_start(tmp_path: Path) -> None:
    made = anchored_course(tmp_path)
    assert made.anchor is not None
    batch = draw(made.corpus, made.rows[:12], 0.5, made.recipe.contrast, random.Random(1))
    before = made.anchor.of(batch).clone()
    lines: list[object] = []
    train(made, TrainingState(), lines.append)
    assert all(getattr(line, "anchor", 0.0) is not None for line in lines)
    torch.testing.assert_close(made.anchor.of(batch), before, atol=0, rtol=0)
    at_once = 8
    tower = text_tower(made.encoder, compiled=False)
    scale = made.encoder.model.logit_scale.exp()
    found = validate(made.corpus, made.held, tower, scale, made.recipe, Processes(), at_once, made.anchor)
    assert found["anchor"] > 0


def test_an_anchored_tower_moves_less_where_nothing_is_denied(tmp_path: Path) -> None:
    moved = {}
    for weight in (0.0, 20.0):
        folder = tmp_path / str(weight)
        rules = recipe(contrast=RULES["contrast"] | {"anchor": weight}, epochs=6)
        made = course(folder, rules)
        anchor = anchored(made.encoder, made.corpus, rules.contrast, Processes(), 8)
        made = Course(**{name: getattr(made, name) for name in made.__dataclass_fields__} | {"anchor": anchor})
        tokens = made.corpus.texts.padded(sorted(set(made.corpus.originals)))
        with torch.no_grad():
            before = normalize(made.encoder.text_features(tokens), dim=-1)
        train(made, TrainingState(), lambda _: None)
        with torch.no_grad():
            after = normalize(made.encoder.text_features(tokens), dim=-1)
        moved[weight] = float((1 - (before * after).sum(1)).mean())
    assert moved[20.0] < moved[0.0] / 2
