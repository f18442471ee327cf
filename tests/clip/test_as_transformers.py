"""Models of open_clip become models of the transformers library, or it is said why they can't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch

from negdata.clip import load_dual_encoder
from negdata.clip.as_transformers import as_transformers
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from tests.clip.tiny import embeddings, largest_difference, state_dict
from tests.openclip import worker

TOWER = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2}
CONFIG = {"embed_dim": 32, "vision_cfg": TOWER, "text_cfg": TEXT}
ARCHITECTURES = {
    "tiny": CONFIG,
    "tiny-quickgelu": CONFIG | {"quick_gelu": True},
    "lone": CONFIG | {"custom_text": True},
    # The same names and shapes, and other sums.
    "many-heads": CONFIG | {"text_cfg": TEXT | {"heads": 4}},
    "narrow-heads": CONFIG | {"vision_cfg": TOWER | {"head_width": 16}},
    "seeing": CONFIG | {"text_cfg": TEXT | {"no_causal_mask": True}},
    "first-pooled": CONFIG | {"text_cfg": TEXT | {"pool_type": "first"}},
    "mean-pooled": CONFIG | {"vision_cfg": TOWER | {"pool_type": "avg"}},
    "canonical": CONFIG | {"text_cfg": TEXT | {"tokenizer_kwargs": {"clean": "canonicalize"}}},
}
RESNET_TOWER = {"image_size": 64, "layers": [1] * 4, "width": 8, "patch_size": None}
RESNET = CONFIG | {"quick_gelu": True, "vision_cfg": RESNET_TOWER}


def _loaded(name: str | Path, quick_gelu: bool | None = None) -> TorchEncoder:
    encoder = load_dual_encoder(str(name), device="cpu", quick_gelu=quick_gelu)
    assert isinstance(encoder, TorchEncoder)
    return encoder


def test_what_is_one_already_stays_itself(folder: Path, checkpoint: Path) -> None:
    for encoder in (_loaded(folder), _loaded(checkpoint, quick_gelu=True)):
        assert as_transformers(encoder) is encoder


def test_a_siglip_is_refused(siglip: Path) -> None:
    with pytest.raises(NegdataError, match="is a Siglip, which learns by another loss than CLIP's"):
        as_transformers(_loaded(siglip))


def test_models_of_open_clip_are_passed_on_where_they_compute_the_same(tmp_path: Path) -> None:
    architectures = tmp_path / "architectures"
    architectures.mkdir()
    for name, config in ARCHITECTURES.items():
        (architectures / f"{name}.json").write_text(json.dumps(config))
    (tmp_path / "resnet.json").write_text(json.dumps(RESNET))
    torch.save(state_dict(), tmp_path / "weights.pt")
    calls = [
        [f"open_clip:{name}/{tmp_path}/weights.pt", str(tmp_path / name), str(tmp_path / f"{name}.out"), options]
        for name in ARCHITECTURES
        for options in [{"quick_gelu": False} if name == "tiny" else {}]
    ]
    calls.append(
        [str(tmp_path / "resnet.pt"), str(tmp_path / "rn"), str(tmp_path / "rn.out"), {"quick_gelu": True}],
    )
    calls.append([calls[1][0], str(tmp_path / "boxed"), str(tmp_path / "boxed.out"), {"crop": "letterbox"}])
    request = {
        "architectures": [[str(architectures)]],
        "resnet": [[str(tmp_path / "resnet.json"), str(tmp_path / "resnet.pt"), str(tmp_path / "resnet.out")]],
        "passed_on": calls,
    }
    (tmp_path / "request.json").write_text(json.dumps(request))
    answers = json.loads(worker("tests.clip.open_clip_worker", tmp_path / "request.json").splitlines()[-1])
    said = dict(zip([*ARCHITECTURES, "rn", "boxed"], answers["passed_on"], strict=True))

    for name, quick in (("tiny", False), ("tiny-quickgelu", True), ("lone", False)):
        assert said[name] == ""
        back = _loaded(tmp_path / name)
        assert back.about.activation == ("QuickGELU" if quick else "GELU")
        assert largest_difference(embeddings(back), torch.load(tmp_path / f"{name}.out", weights_only=True)) < 1e-5
    for name, why in {
        "many-heads": "its text tower computes something else",
        "narrow-heads": "its vision tower computes something else",
        "seeing": "its text tower computes something else",
        "first-pooled": "its text tower computes something else",
        "mean-pooled": "its vision tower computes something else",
        "canonical": "its tokenizer isn't OpenAI's",
        "rn": "has a ResNet for a vision tower",
        "boxed": "it pads pictures",
    }.items():
        assert why in said[name], name
        assert not (tmp_path / name).exists()
