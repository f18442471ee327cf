"""A model comes back from its folder bit by bit, through the transformers library and through negdata."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
import transformers

from negdata.clip import load_dual_encoder
from negdata.clip.as_transformers import as_transformers
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.train.model_folder import write_model_folder
from tests.clip.tiny import PHRASES, clip_folder, embeddings, largest_difference, pictures, state_dict


def _loaded(name: str | Path, quick_gelu: bool | None = None) -> TorchEncoder:
    encoder = load_dual_encoder(str(name), device="cpu", quick_gelu=quick_gelu)
    assert isinstance(encoder, TorchEncoder)
    return encoder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openai") / "tiny.pth"
    torch.save(state_dict(), path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_folder(tmp_path_factory.mktemp("clip"))


@pytest.mark.parametrize("quick", [True, False])
def test_weights_in_openais_layout_come_back_the_same(checkpoint: Path, tmp_path: Path, quick: bool) -> None:
    encoder = _loaded(checkpoint, quick)
    write_model_folder(as_transformers(encoder), tmp_path, source=str(checkpoint))
    back = _loaded(tmp_path)
    assert back.about.activation == encoder.about.activation
    assert back.preprocessing.description() == encoder.preprocessing.description()
    assert back.identity()["weights"] == encoder.identity()["weights"]
    assert largest_difference(embeddings(back), embeddings(encoder)) == 0


def test_the_weights_alone_say_their_activation(checkpoint: Path, tmp_path: Path) -> None:
    write_model_folder(as_transformers(_loaded(checkpoint, True)), tmp_path, source=str(checkpoint))
    assert _loaded(tmp_path / "model.safetensors").about.activation == "QuickGELU"


def test_the_transformers_library_reads_it_without_negdata(checkpoint: Path, tmp_path: Path) -> None:
    encoder = _loaded(checkpoint, True)
    write_model_folder(as_transformers(encoder), tmp_path, source=str(checkpoint))
    model, found = transformers.CLIPModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(found.values())
    assert model.config.text_config.hidden_act == model.config.vision_config.hidden_act == "quick_gelu"
    processor = transformers.CLIPProcessor.from_pretrained(tmp_path)
    assert transformers.AutoTokenizer.from_pretrained(tmp_path)("no dog")["input_ids"] == encoder.tokens(["no dog"])[0]
    assert transformers.AutoImageProcessor.from_pretrained(tmp_path).size == {"shortest_edge": 32}
    # Of a shape whose middle begins at a whole pixel: half a one goes to the other side there.
    images, texts = [picture.resize((48, 96)) for picture in pictures()], PHRASES[:3]
    inputs = processor(text=texts, images=images, return_tensors="pt", padding=True, truncation=True)
    with torch.inference_mode():
        out = model.eval()(**inputs)
    prepared = torch.stack([encoder.prepare(picture) for picture in images])
    assert torch.allclose(out.image_embeds, encoder.encode_images(prepared), atol=1e-5)
    assert torch.allclose(out.text_embeds, encoder.encode_texts(texts), atol=1e-5)


def test_a_folders_own_tokenizer_and_processor_are_kept_as_they_are(folder: Path, tmp_path: Path) -> None:
    encoder = _loaded(folder)
    with torch.no_grad():
        encoder.model.text_projection.weight.mul_(-1.5)
    (tmp_path / "added_tokens.json").write_text('{"left by another model": 7}')
    (tmp_path / "notes.txt").write_text("mine")
    write_model_folder(as_transformers(encoder), tmp_path, source=str(folder))
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert not (tmp_path / "added_tokens.json").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not list(tmp_path.glob("*.tmp"))
    assert largest_difference(embeddings(_loaded(tmp_path)), embeddings(encoder)) == 0


def test_the_config_does_not_tell_where_the_model_lay(folder: Path, tmp_path: Path) -> None:
    write_model_folder(as_transformers(_loaded(folder)), tmp_path, source=str(folder))
    config = (tmp_path / "config.json").read_text()
    assert str(folder.parent) not in config
    assert json.loads(config)["architectures"] == ["CLIPModel"]


def test_a_disk_that_fills_up_leaves_the_old_weights(folder: Path, tmp_path: Path) -> None:
    write_model_folder(as_transformers(_loaded(folder)), tmp_path, source=str(folder))
    before = (tmp_path / "model.safetensors").read_bytes()
    encoder = as_transformers(_loaded(folder))
    encoder.model.logit_scale.data.fill_(1.0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, limits[1]))  # of any file that this process writes
    try:
        with pytest.raises(NegdataError, match=r"model\.safetensors can't be written"):
            write_model_folder(encoder, tmp_path, source=str(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "model.safetensors").read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))


def test_a_place_that_is_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(NegdataError, match="can't be written"):
        write_model_folder(as_transformers(_loaded(folder)), tmp_path / "out", source=str(folder))


def test_pictures_that_are_padded_have_no_processor(checkpoint: Path, tmp_path: Path) -> None:
    encoder = load_dual_encoder(str(checkpoint), device="cpu", quick_gelu=True, crop="letterbox")
    assert isinstance(encoder, TorchEncoder)
    with pytest.raises(NegdataError, match="pads its pictures"):
        write_model_folder(encoder, tmp_path, source=str(checkpoint))
    assert not list(tmp_path.iterdir())
