"""Checkpoints: whole, the last alone, and nothing is read that doesn't lie beside their state."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import given
from hypothesis import strategies as st

from negdata.clip.saving import save_tensors
from negdata.errors import NegdataError
from negdata.train.checkpoint import STATE, TrainingState, load_state, load_tensors, save_state
from negdata.train.optimizer import adamw, restore, tensors_of
from negdata.train.recipe import OptimizerRule


def tensors(value: float = 1.0) -> dict[str, torch.Tensor]:
    return {"a": torch.full((2, 3), value), "b": torch.tensor(4.0)}


def saved(folder: Path, step: int, best: str | None = None) -> TrainingState:
    state = TrainingState(step=step, weights=f"step-{step}.safetensors", best=best, best_epoch=1, best_loss=2.5)
    save_tensors(folder / f"step-{step}.safetensors", tensors(step))
    save_state(folder, state)
    return state


def refusal(folder: Path) -> NegdataError:
    with pytest.raises(NegdataError) as refused:
        load_state(folder)
    assert str(folder / STATE) in refused.value.problem
    return refused.value


def test_nothing_is_a_start(tmp_path: Path) -> None:
    assert load_state(tmp_path) == load_state(tmp_path / "gone") == TrainingState()


def test_the_last_state_and_its_files_are_left(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        if step == 2:
            save_tensors(tmp_path / "epoch-1.safetensors", tensors())
        state = saved(tmp_path, step, best="epoch-1.safetensors" if step > 1 else None)
        (tmp_path / f"step-{step + 1}.safetensors.tmp").write_bytes(b"torn")
        assert load_state(tmp_path) == state
    save_state(tmp_path, load_state(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {STATE, "step-3.safetensors", "epoch-1.safetensors"}
    loaded = load_tensors(tmp_path / "step-3.safetensors")
    assert torch.equal(loaded["a"], tensors(3)["a"])


def test_a_file_that_is_named_and_gone(tmp_path: Path) -> None:
    saved(tmp_path, 4)
    (tmp_path / "step-4.safetensors").unlink()
    error = refusal(tmp_path)
    assert "names the file 'step-4.safetensors', which isn't beside it" in error.problem
    assert error.remedy == "Restore the folder, or start over with --fresh."


@pytest.mark.parametrize("key", ["weights", "best"])
@pytest.mark.parametrize("name", ["../secret.safetensors", "/etc/passwd", "folder/x.safetensors", "..", ".", ""])
def test_a_path_out_of_the_folder_is_never_followed(tmp_path: Path, key: str, name: str) -> None:
    folder = tmp_path / "checkpoint"
    (folder / "folder").mkdir(parents=True)
    for place in (tmp_path / "secret.safetensors", folder / "folder" / "x.safetensors"):
        save_tensors(place, tensors())
    (folder / STATE).write_text(json.dumps({"step": 0, key: name}))
    assert repr(name[:60]) in refusal(folder).problem


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"step": "x"}',
        b'{"step": 1, "more": 2}',
        b"\xff\xfe",
        b'{"step": -1}',
        b'{"step": 1e400}',
    ],
)
def test_a_state_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / STATE).write_bytes(content)
    assert "can't be understood" in refusal(tmp_path).problem


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / STATE).write_bytes(content)
    with suppress(NegdataError):
        assert load_state(folder).step >= 0


def test_steps_without_weights(tmp_path: Path) -> None:
    (tmp_path / STATE).write_text('{"step": 3}')
    assert "tells of 3 steps and names no weights" in refusal(tmp_path).problem


def test_tensors_that_are_torn(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    file = tmp_path / "step-1.safetensors"
    whole = file.read_bytes()
    for end in (0, 4, 30, len(whole) - 1):
        file.write_bytes(whole[:end])
        with pytest.raises(NegdataError, match=r"step-1\.safetensors can't be read: .*--fresh"):
            load_tensors(file)


def parameters(*shapes: tuple[int, ...]) -> dict[str, Any]:
    return {f"w{number}": torch.nn.Parameter(torch.ones(shape)) for number, shape in enumerate(shapes)}


def test_moments_come_back_to_the_last_bit(tmp_path: Path) -> None:
    rule = OptimizerRule(lr=0.1, weight_decay=0.01)
    one, other = parameters((2, 3), (4,)), parameters((2, 3), (4,))
    first, second = adamw(one, rule), adamw(other, rule)

    def step(moving: dict[str, Any], optimizer: Any, number: int) -> None:
        for weight in moving.values():
            weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(number))
        optimizer.step()

    for number in range(3):
        step(one, first, number)
    save_tensors(tmp_path / "x.safetensors", tensors_of(one, first))
    restore(other, second, load_tensors(tmp_path / "x.safetensors"), "it")
    for number in range(3, 6):
        step(one, first, number)
        step(other, second, number)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_moments_of_another_model_are_refused() -> None:
    rule = OptimizerRule(lr=0.1, weight_decay=0.01)
    one = parameters((2, 3), (4,))
    first = adamw(one, rule)
    for weight in one.values():
        weight.grad = torch.ones_like(weight)
    first.step()
    held = tensors_of(one, first)
    for moving, said in (
        (parameters((2, 3)), "'exp_avg:w1' is in one of the two alone"),
        (parameters((3, 2), (4,)), "w0 is [2, 3] there, [3, 2] here"),
    ):
        with pytest.raises(NegdataError) as refused:
            restore(moving, adamw(moving, rule), held, "step-1.safetensors")
        assert said in refused.value.problem
        assert refused.value.problem.startswith("step-1.safetensors is of another model or recipe")
