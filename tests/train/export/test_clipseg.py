"""A CLIPSeg with the model's text tower is asked with the model's own embeddings; nothing else of it changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers
from safetensors.torch import load_file

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.train.export import ExportSettings, ExportSummary, export_model
from tests.clip.tiny import PHRASES, pictures
from tests.train.export.bases import clipseg
from tests.train.export.listing import content


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clipseg(tmp_path_factory.mktemp("clipseg") / "base")


def exported(model: Path, base: Path, out: Path) -> ExportSummary:
    return export_model(ExportSettings(model=str(model), to="clipseg", base=base, out=out))


def refusal(model: Path, base: Path, out: Path) -> str:
    with pytest.raises(NegdataError) as caught:
        exported(model, base, out)
    assert not out.exists()
    return str(caught.value)


def copied(base: Path, to: Path) -> Path:
    shutil.copytree(base, to)
    return to


def test_its_texts_are_the_models_and_all_else_is_its_own(clip: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = exported(clip, base, out)
    before, after = content(base), content(out)
    assert {name for name in before if before[name] != after[name]} == {"model.safetensors"}
    assert set(after) - set(before) == {"negdata.export.json"}
    assert summary.replaced[0].part == "clip.text_model"
    assert "the logit scale are the base's" in " ".join(summary.notes)
    old, new = load_file(base / "model.safetensors"), load_file(out / "model.safetensors")
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    assert changed == {name for name in old if name.startswith(("clip.text_model.", "clip.text_projection."))}

    encoder = load_dual_encoder(str(clip), device="cpu")
    assert isinstance(encoder, TorchEncoder)
    models = [transformers.CLIPSegForImageSegmentation.from_pretrained(folder).eval() for folder in (base, out)]
    processor = transformers.CLIPSegProcessor.from_pretrained(out)
    count = len(PHRASES)
    inputs = processor(text=PHRASES, images=pictures(1) * count, padding=True, return_tensors="pt")
    with torch.inference_mode():
        theirs, ours = (model(**inputs) for model in models)
        asked = encoder.text_features(encoder.padded(encoder.tokens(PHRASES)))
        by_hand = models[1](pixel_values=inputs["pixel_values"], conditional_embeddings=asked)
    assert float((ours.conditional_embeddings - asked).abs().max()) < 1e-5
    assert float((ours.logits - by_hand.logits).abs().max()) < 1e-5
    assert float((ours.logits - theirs.logits).abs().max()) > 1e-4


def test_a_pickle_becomes_safetensors(weights: Path, base: Path, tmp_path: Path) -> None:
    pickled = copied(base, tmp_path / "base")
    whole = load_file(pickled / "model.safetensors")
    torch.save(
        whole | {"clip.text_model.embeddings.position_ids": torch.arange(77)[None]}, pickled / "pytorch_model.bin"
    )
    (pickled / "model.safetensors").unlink()
    summary = exported(weights, pickled, tmp_path / "out")
    assert "Not copied: pytorch_model.bin." in summary.notes
    exported(weights, base, tmp_path / "other")
    found, wanted = (load_file(tmp_path / name / "model.safetensors") for name in ("out", "other"))
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in found)
    transformers.CLIPSegForImageSegmentation.from_pretrained(tmp_path / "out")


def test_what_doesnt_fit_is_refused(weights: Path, base: Path, tmp_path: Path) -> None:
    other = copied(base, tmp_path / "base")
    kept = json.loads((other / "config.json").read_text())

    def said(**changes: Any) -> str:
        (other / "config.json").write_text(json.dumps(kept | changes))
        return refusal(weights, other, tmp_path / "out")

    assert "projected to 32; that fits nowhere: clip.text_model has width 64" in said(projection_dim=16)
    assert "projected to 16" in said(projection_dim=16)
    assert "1 layers" in said(text_config=kept["text_config"] | {"num_hidden_layers": 1})
    assert "activation gelu" in said(text_config_dict={"hidden_act": "gelu"})
    assert "of the kind 'clip'" in said(model_type="clip")
    (other / "config.json").write_text(json.dumps(kept))
    (other / "tokenizer.json").unlink()
    assert "has no tokenizer" in refusal(weights, other, tmp_path / "out")
