"""The loop: what it computes equals a plain reading of it, in pieces, in other orders and after a restart."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from negdata.errors import NegdataError
from negdata.train.checkpoint import TrainingState, load_state, load_tensors
from negdata.train.curves import CurveLine
from negdata.train.loop import HIGHEST_SCALE, Stopped, train
from negdata.train.optimizer import restore
from tests.train.courses import RULES, course, into, recipe, trained


def losses(lines: list[dict[str, Any]]) -> list[float]:
    return [line["loss"] for line in lines if "loss" in line]


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in model.state_dict().items()}


def test_it_learns_and_moves_what_it_may(tmp_path: Path) -> None:
    made = course(tmp_path, recipe(epochs=6))
    start = weights(made.encoder.model)
    state, lines = trained(made)
    end = weights(made.encoder.model)
    moved = {name for name in start if not torch.equal(start[name], end[name])}
    assert state.step == 24
    assert sum(losses(lines)[-4:]) < 0.8 * sum(losses(lines)[:4])
    assert all(name.startswith(("text_model.", "text_projection.", "logit_scale")) for name in moved)
    assert not any("final_layer_norm" in name for name in moved)
    assert {"text_projection.weight", "logit_scale", "text_model.encoder.layers.0.mlp.fc1.weight"} <= moved
    assert [line["epoch"] for line in lines if "validation" in line] == [1, 2, 3, 4, 5, 6]


def test_the_first_step_has_the_first_weight_of_infonce(tmp_path: Path) -> None:
    def after_a_step(name: str, **infonce: float) -> tuple[dict[str, torch.Tensor], float]:
        made = course(tmp_path / name, recipe(steps=1, contrast=RULES["contrast"] | infonce))
        _, lines = trained(made)
        return weights(made.encoder.model), losses(lines)[0]

    comes_in, told = after_a_step("comes in", infonce_start=0.5, infonce=2.0)
    half, _ = after_a_step("half", infonce=0.5)
    whole, told_of_whole = after_a_step("whole", infonce=2.0)
    assert all(torch.allclose(comes_in[name], half[name], atol=1e-6) for name in half)
    assert not all(torch.allclose(comes_in[name], whole[name], atol=1e-6) for name in whole)
    assert told == pytest.approx(told_of_whole)


@pytest.mark.parametrize(
    ("layers", "moves"),
    [("front", {"embeddings", "layers.0"}), ("lora", {"lora"})],
)
def test_parts_of_the_tower_move_alone(tmp_path: Path, layers: str, moves: set[str]) -> None:
    lora = {"rank": 2, "alpha": 4, "modules": ["q_proj", "fc1"]} if layers == "lora" else None
    rules = {"layers": layers, "final_norm": "frozen", "logit_scale": "frozen", "lora": lora}
    made = course(tmp_path, recipe(trained=rules))
    start = weights(made.encoder.model)
    _, lines = trained(made)
    end = weights(made.encoder.model)
    moved = [name for name in start if not torch.equal(start[name], end[name])]
    assert moved
    assert all(any(part in name for part in moves) for name in moved)
    assert all(math.isfinite(loss) for loss in losses(lines))


@pytest.mark.parametrize("at_once", [1, 3, 5])
def test_pieces_give_the_losses_of_the_whole(tmp_path: Path, at_once: int) -> None:
    whole = course(tmp_path / "whole", recipe(steps=6))
    pieces = course(tmp_path / "pieces", recipe(steps=6), texts_at_once=at_once)
    (_, one), (_, other) = trained(whole), trained(pieces)
    assert losses(other) == pytest.approx(losses(one), abs=1e-5)


def test_the_same_seed_gives_the_same_run_and_another_doesnt(tmp_path: Path) -> None:
    _, one = trained(course(tmp_path / "1", recipe()))
    _, two = trained(course(tmp_path / "2", recipe()))
    _, three = trained(course(tmp_path / "3", recipe(seed=1)))
    assert losses(one) == losses(two)
    assert losses(one) != losses(three)


@pytest.mark.parametrize("stop_after", [1, 3, 4, 6])
def test_a_run_that_stops_goes_on_to_the_last_bit(tmp_path: Path, stop_after: int) -> None:
    whole = course(tmp_path / "whole", recipe())
    _, wanted = trained(whole)

    lines: list[dict[str, Any]] = []
    begun = course(tmp_path / "parts", recipe(), wants_to_stop=lambda: len(losses(lines)) == stop_after)
    with pytest.raises(Stopped):
        train(begun, TrainingState(), into(lines))
    again = course(tmp_path / "parts", recipe())
    state = load_state(again.folder)
    assert state.step == stop_after
    assert state.weights is not None
    restore(again.moving, again.optimizer, load_tensors(again.folder / state.weights), "it")
    train(again, state, into(lines))
    assert losses(lines) == losses(wanted)
    for name, weight in whole.moving.items():
        assert torch.equal(again.moving[name], weight), name


def test_a_clamped_scale_stays_below_ln_100_and_a_free_one_need_not(tmp_path: Path) -> None:
    for kind in ("clamped", "free"):
        rules = {"layers": "all", "final_norm": "frozen", "logit_scale": kind}
        made = course(tmp_path / kind, recipe(trained=rules, optimizer={"lr": 0.05, "weight_decay": 0.0}))
        made.encoder.model.logit_scale.data.fill_(HIGHEST_SCALE + 0.5 * (kind == "free"))
        _, lines = trained(made)
        scales = [line["logit_scale"] for line in lines if "logit_scale" in line]
        assert (max(scales) <= HIGHEST_SCALE + 1e-6) == (kind == "clamped")


def test_what_is_no_number_ends_the_run_with_its_batch(tmp_path: Path) -> None:
    made = course(tmp_path, recipe())
    lines: list[dict[str, Any]] = []

    def spoil(line: CurveLine) -> None:
        lines.append(line.model_dump())
        if len(losses(lines)) == 5:
            with torch.no_grad():
                made.moving["text_projection.weight"].fill_(float("inf"))

    with pytest.raises(NegdataError) as caught:
        train(made, TrainingState(), spoil)
    assert str(caught.value).startswith("The loss is nan and the norm of the gradients nan at step 6 in epoch 2, with")
    assert "step-4.safetensors" in str(caught.value)
    assert load_state(made.folder).step == 4
    told = (tmp_path / "out" / "not-finite.json").read_text()
    assert told.count("-") >= 8


def test_the_best_epoch_is_kept(tmp_path: Path) -> None:
    made = course(tmp_path, recipe(epochs=4, optimizer={"lr": 0.02, "weight_decay": 0.0}))
    state, lines = trained(made)
    found = {line["epoch"]: line["validation"]["loss"] for line in lines if "validation" in line}
    assert state.best_loss == min(found.values())
    assert state.best_epoch == min(found, key=lambda epoch: found[epoch])
    assert {path.name for path in made.folder.iterdir()} == {state.weights, state.best, "state.json"}
