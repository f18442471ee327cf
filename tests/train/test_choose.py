"""Which weights are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
from hypothesis import given
from hypothesis import strategies as st

from negdata.clip.saving import save_tensors
from negdata.errors import NegdataError
from negdata.train.checkpoint import load_tensors
from negdata.train.choose import Trial, choose, pick
from negdata.train.trainable import between, plain_weights
from tests.train.courses import course, recipe, trained


def trials(*told: tuple[float, float, float]) -> list[Trial]:
    return [Trial(alpha=alpha, loss=loss, recall=recall) for alpha, loss, recall in told]


@pytest.mark.parametrize(
    ("max_drop", "alpha"),
    [(0.0, 0.25), (1.0, 0.25), (2.0, 0.5), (9.9, 0.5), (10.0, 1.0), (100.0, 1.0)],
)
def test_the_lowest_loss_that_is_bearable(max_drop: float, alpha: float) -> None:
    told = trials((0.0, 5.0, 0.80), (0.25, 4.0, 0.81), (0.5, 3.0, 0.78), (1.0, 2.0, 0.70))
    assert pick(told, max_drop) == alpha


def test_where_nothing_is_bearable_the_lowest_loss_of_all() -> None:
    assert pick(trials((0.0, 5.0, 0.8), (0.5, 3.0, 0.7), (0.9, 2.0, 0.6), (1.0, 2.5, 0.5)), 1.0) == 0.9


def test_rounding_is_no_drop() -> None:
    assert pick(trials((0.0, 5.0, 0.3), (0.5, 3.0, 0.1 + 0.2 - 1e-9), (1.0, 1.0, 0.1)), 0.0) == 0.5


@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 9), st.floats(0, 1)), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0, 100),
)
def test_it_is_one_of_those_that_were_tried(
    others: list[tuple[float, float, float]], start: float, max_drop: float
) -> None:
    told = trials((0.0, 1.0, start), *others)
    alpha = pick(told, max_drop)
    assert alpha in {one.alpha for one in told[1:]}
    bearable = [one for one in told[1:] if one.recall >= start - max_drop / 100]
    if bearable:
        taken = [one for one in told[1:] if one.alpha == alpha]
        assert min(one.loss for one in taken) <= min(one.loss for one in bearable)


def test_the_model_has_the_chosen_weights(tmp_path: Path) -> None:
    rules = recipe(epochs=3, keep={"epoch": "best", "alphas": [0.5, 1.0]}, optimizer={"lr": 0.01, "weight_decay": 0.0})
    made = course(tmp_path, rules)
    start = plain_weights(made.encoder.model)
    state, _ = trained(made)
    assert state.best is not None
    best = load_tensors(made.folder / state.best)
    found = choose(made, state, start, max_drop=100.0)
    assert found.epoch == state.best_epoch
    assert [one.alpha for one in found.trials] == [0.0, 0.5, 1.0]
    assert found.trials[2].loss == pytest.approx(state.best_loss, abs=1e-5)
    assert found.alpha == min(found.trials[1:], key=lambda one: one.loss).alpha
    wanted = between(start, start | best, found.alpha)
    now = plain_weights(made.encoder.model)
    assert all(torch.equal(now[name], wanted[name]) for name in wanted)


def test_weights_of_another_training_are_refused(tmp_path: Path) -> None:
    made = course(tmp_path, recipe(epochs=1))
    start = plain_weights(made.encoder.model)
    state, _ = trained(made)
    save_tensors(made.folder / str(state.best), {"logit_scale": torch.tensor(1.0)})
    with pytest.raises(NegdataError, match=r"epoch-1\.safetensors is of another model or recipe: it lacks "):
        choose(made, state, start, max_drop=0.0)


def test_the_last_epoch_whole_needs_no_trial(tmp_path: Path) -> None:
    made = course(tmp_path, recipe(keep={"epoch": "last"}))
    start = plain_weights(made.encoder.model)
    state, _ = trained(made)
    end = plain_weights(made.encoder.model)
    found = choose(made, state, start, max_drop=0.0)
    assert (found.epoch, found.alpha, found.trials) == (None, 1.0, [])
    now = plain_weights(made.encoder.model)
    assert all(torch.equal(now[name], end[name]) for name in end)


def test_adapters_are_gone_and_what_they_learnt_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    lora = {"rank": 2, "alpha": 4.0, "modules": ["q_proj", "fc1"]}
    rules = {"layers": "lora", "final_norm": "frozen", "logit_scale": "frozen", "lora": lora}
    made = course(tmp_path, recipe(trained=rules, keep={"epoch": "last"}, optimizer={"lr": 0.02, "weight_decay": 0.0}))
    start = plain_weights(made.encoder.model)
    state, _ = trained(made)
    texts = ["a dog with no leash", "a cat"]
    adapted = made.encoder.encode_texts(texts)
    choose(made, state, start, max_drop=0.0)
    assert not [name for name, _ in made.encoder.model.named_parameters() if "lora" in name or "base_layer" in name]
    assert torch.allclose(made.encoder.encode_texts(texts), adapted, atol=1e-5)
