"""Models whose vision towers answer alike share a folder, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.train.feature_key import key_of, of_vision
from tests.train.watched import NAMES, Watched, loaded

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.clip.tiny import siglip_folder, state_dict  # noqa: E402


@pytest.fixture(scope="module")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return siglip_folder(tmp_path_factory.mktemp("siglip"))


def test_what_shapes_an_embedding_shapes_the_folder(model: Path) -> None:
    def key(**changes: Any) -> str:
        return key_of(loaded(model, **changes)).digest

    plain = key()
    assert key() == plain
    assert key(crop="letterbox") != plain
    finetuned = loaded(model)
    with torch.no_grad():
        for name, weight in finetuned.model.named_parameters():
            if name.startswith("text") or name == "logit_scale":
                weight.add_(0.5)
    assert key_of(finetuned).digest == plain
    with torch.no_grad():
        finetuned.model.visual_projection.weight[0, 0] += 1e-6
    assert key_of(finetuned).digest != plain
    assert key(dtype="bfloat16") != plain


def test_the_vision_tower_is_told_from_the_rest_in_every_layout(model: Path, siglip: Path) -> None:
    for folder in (model, siglip):
        weights = loaded(folder).model.state_dict()
        expected = {name for name in weights if name.startswith(("vision_model.", "visual_projection."))}
        assert set(of_vision(weights)) == expected
    openai = state_dict()
    assert set(of_vision(openai)) == {name for name in openai if name.startswith("visual.")}


def test_a_finetuned_model_shares_the_cache_and_another_crop_has_its_own(
    model: Path, images: Path, tmp_path: Path
) -> None:
    first = Watched(model).features(images, NAMES[:5], tmp_path)
    other = Watched(model)
    with torch.no_grad():
        other.encoder.model.text_projection.weight.zero_()
    assert torch.equal(other.features(images, NAMES[:5], tmp_path).vectors, first.vectors)
    assert other.encoded == 0
    letterbox = Watched(model, crop="letterbox")
    Image.new("RGB", (90, 30), "blue").save(tmp_path / "wide.png")
    letterbox.features(tmp_path, ["wide.png"], tmp_path / "cache")
    assert letterbox.features(images, NAMES[:5], tmp_path / "cache").vectors.shape[0] == 6
    assert letterbox.encoded == 5
