"""Which weights each recipe moves, and that what adapters learnt is all in the plain weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.train.recipe import TrainedRule
from negdata.train.recipes import load_recipe
from negdata.train.trainable import between, plain_weights, prepare, remove_adapters
from tests.train.worlds import small_clip

TEXTS = ["a dog with no leash", "two people without umbrellas on a wet street", "a cat"]
LORA = {"rank": 3, "alpha": 6.0, "modules": ["q_proj", "v_proj", "fc1"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def encoder(folder: Path) -> TorchEncoder:
    found = load_dual_encoder(str(folder), device="cpu", dtype="float32")
    assert isinstance(found, TorchEncoder)
    return found


def rule(**changed: Any) -> TrainedRule:
    return TrainedRule.model_validate({"layers": "all", "final_norm": "frozen", "logit_scale": "clamped"} | changed)


def parts(names: Any) -> set[str]:
    """The parts of a CLIP that these names are in."""
    return {
        next(
            part
            for part in ("lora_", "vision", "visual", "embeddings", "layers.0", "layers.1", "final_layer_norm", name)
            if part in name
        )
        for name in names
    }


BLOCKS = {"embeddings", "layers.0", "layers.1", "text_projection.weight"}


@pytest.mark.parametrize(
    ("changed", "moves"),
    [
        ({}, BLOCKS | {"logit_scale"}),
        ({"logit_scale": "frozen"}, BLOCKS),
        ({"final_norm": "trained"}, BLOCKS | {"logit_scale", "final_layer_norm"}),
        ({"layers": "front"}, {"embeddings", "layers.0", "logit_scale"}),
        ({"layers": "lora", "lora": LORA}, {"lora_", "logit_scale"}),
        ({"layers": "lora", "lora": LORA, "logit_scale": "frozen"}, {"lora_"}),
    ],
)
def test_what_moves(encoder: TorchEncoder, changed: dict[str, Any], moves: set[str]) -> None:
    if "lora" in changed:
        pytest.importorskip("peft")
    moving = prepare(encoder.model, rule(**changed), seed=0)
    assert parts(moving) == moves
    learning = {name for name, weight in encoder.model.named_parameters() if weight.requires_grad}
    assert learning == set(moving)


@pytest.mark.parametrize("name", ["default", "front-layers", "lora", "negationclip"])
def test_no_shipped_recipe_moves_the_vision_tower_or_the_last_norm(encoder: TorchEncoder, name: str) -> None:
    if name == "lora":
        pytest.importorskip("peft")
    moving = prepare(encoder.model, load_recipe(name).trained, seed=0)
    assert not parts(moving) & {"vision", "visual", "final_layer_norm"}
    assert "logit_scale" in moving


def test_adapters_start_as_nothing_and_end_in_the_plain_weights(encoder: TorchEncoder, folder: Path) -> None:
    pytest.importorskip("peft")
    before = encoder.encode_texts(TEXTS)
    start = plain_weights(encoder.model)
    moving = prepare(encoder.model, rule(layers="lora", lora=LORA), seed=3)
    assert torch.equal(encoder.encode_texts(TEXTS), before)
    unchanged = plain_weights(encoder.model)
    assert unchanged.keys() == start.keys()
    assert all(torch.equal(unchanged[name], start[name]) for name in start)

    with torch.no_grad():
        for weight in moving.values():
            weight.add_(0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
    adapted = encoder.encode_texts(TEXTS)
    assert float((adapted - before).abs().max()) > 1e-2
    plain = plain_weights(encoder.model)
    remove_adapters(encoder.model)
    assert set(plain) <= {name for name, _ in encoder.model.named_parameters()}
    fresh = load_dual_encoder(str(folder), device="cpu", dtype="float32")
    assert isinstance(fresh, TorchEncoder)
    assert fresh.model.state_dict().keys() == encoder.model.state_dict().keys()
    for model in (encoder.model, fresh.model):
        model.load_state_dict(plain, strict=False)
    for one in (encoder, fresh):
        assert torch.allclose(one.encode_texts(TEXTS), adapted, atol=1e-5)


def test_the_first_adapters_are_the_seeds_and_leave_chance_alone(folder: Path) -> None:
    pytest.importorskip("peft")
    made = []
    for seed in (1, 1, 2):
        one = load_dual_encoder(str(folder), device="cpu", dtype="float32")
        assert isinstance(one, TorchEncoder)
        torch.manual_seed(7)
        moving = prepare(one.model, rule(layers="lora", lora=LORA), seed)
        made.append((torch.cat([weight.flatten() for weight in moving.values()]), torch.rand(1)))
    assert torch.equal(made[0][0], made[1][0])
    assert not torch.equal(made[0][0], made[2][0])
    assert made[0][1] == made[1][1] == made[2][1]


def test_modules_that_the_tower_lacks_are_told(encoder: TorchEncoder) -> None:
    pytest.importorskip("peft")
    with pytest.raises(NegdataError, match="has none of the modules query, key") as refused:
        prepare(encoder.model, rule(layers="lora", lora=LORA | {"modules": ["query", "key"]}), seed=0)
    assert "trained.lora.modules" in refused.value.remedy


def test_plain_weights_are_copies(encoder: TorchEncoder) -> None:
    plain = plain_weights(encoder.model)
    assert not [name for name in plain if name.startswith(("vision", "visual"))]
    plain["logit_scale"].fill_(9.0)
    assert float(encoder.model.logit_scale.detach()) != 9.0


def test_the_way_between() -> None:
    start, end = {"a": torch.tensor([0.1, 3.0])}, {"a": torch.tensor([0.1, 5.0])}
    assert torch.equal(between(start, end, 0.0)["a"], start["a"])
    assert torch.equal(between(start, end, 1.0)["a"], end["a"])
    for alpha in (0.1, 0.3, 0.5, 0.75):
        found = between(start, end, alpha)["a"]
        assert float(found[0]) == float(start["a"][0])
        assert float(found[1]) == pytest.approx(3 + 2 * alpha)
