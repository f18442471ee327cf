"""Folders as the transformers library writes them: what is taken, and what is refused with its reason."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers
from safetensors.torch import load_file, save_file

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.clip.transformers_processor import TOKENIZER_FILES
from negdata.errors import NegdataError
from tests.clip.hostile import plain_pickle, touching
from tests.clip.tiny import PHRASES, embeddings, largest_difference, pictures, siglip_folder

Changed = Callable[..., Path]


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def edit(path: Path, **changes: Any) -> None:
    """Changes a JSON file: a__b is b in a, None takes a key away."""
    content = json.loads(path.read_text())
    for name, value in changes.items():
        place = content
        *parents, last = name.split("__")
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[last]
        else:
            place[last] = value
    path.write_text(json.dumps(content))


def error(folder: Path, **options: Any) -> str:
    with pytest.raises(NegdataError) as caught:
        load_dual_encoder(str(folder), device="cpu", **options)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_clip_embeds_as_transformers_does(folder: Path) -> None:
    model = transformers.CLIPModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    encoder = load_dual_encoder(str(folder), device="cpu")
    prepared = torch.stack([encoder.prepare(picture) for picture in pictures()])
    inputs = tokenizer(PHRASES, padding="max_length", truncation=True, max_length=77, return_tensors="pt")
    with torch.no_grad():
        wanted = model(pixel_values=prepared, **inputs)
    assert largest_difference(embeddings(encoder), (wanted.image_embeds, wanted.text_embeds)) < 1e-5
    assert isinstance(encoder, TorchEncoder)
    assert encoder.scale == float(model.logit_scale.detach().exp())


def test_siglip_embeds_as_transformers_does(siglip: Path) -> None:
    model = transformers.SiglipModel.from_pretrained(siglip).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(siglip)
    processor = transformers.AutoImageProcessor.from_pretrained(siglip)
    encoder = load_dual_encoder(str(siglip), device="cpu")
    ids = tokenizer(PHRASES, padding="max_length", truncation=True, max_length=16, return_tensors="pt").input_ids
    pixels = processor(images=pictures(), return_tensors="pt").pixel_values
    with torch.no_grad():
        wanted = model(pixel_values=pixels, input_ids=ids)
    assert largest_difference(embeddings(encoder), (wanted.image_embeds, wanted.text_embeds)) < 1e-5
    assert isinstance(encoder, TorchEncoder)
    assert (encoder.scale, encoder.bias) == (
        float(model.logit_scale.detach().exp()),
        float(model.logit_bias.detach()),
    )
    assert encoder.identity()["activation"] == "gelu_pytorch_tanh"
    assert encoder.dim == 32


def test_weights_in_a_pickle_or_in_pieces_are_the_same(folder: Path, copy: Path) -> None:
    wanted = embeddings(load_dual_encoder(str(folder)))
    tensors = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    torch.save(tensors | {"text_model.embeddings.position_ids": torch.arange(77)}, copy / "pytorch_model.bin")
    assert largest_difference(embeddings(load_dual_encoder(str(copy))), wanted) == 0
    (copy / "pytorch_model.bin").unlink()
    pieces = [dict(list(tensors.items())[part::2]) for part in (0, 1)]
    for number, piece in enumerate(pieces):
        save_file(piece, copy / f"model-{number}.safetensors")
    places = {name: f"model-{number}.safetensors" for number, piece in enumerate(pieces) for name in piece}
    index = copy / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    assert largest_difference(embeddings(load_dual_encoder(str(copy))), wanted) == 0
    for hostile in ("../model-0.safetensors", "/etc/passwd", 3, None, ["model-0.safetensors"]):
        index.write_text(json.dumps({"weight_map": places | {"x": hostile}}))
        assert "doesn't say in which files" in error(copy)


def test_files_that_others_put_there_do_no_harm(folder: Path, copy: Path, tmp_path: Path) -> None:
    (copy / "negdata.manifest.json").write_text('{"negdata": "0.1.0"}')
    (copy / "README.md").write_text("# A model")
    (copy / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    edit(copy / "config.json", auto_map={"AutoModel": "modeling.Evil", "AutoConfig": "modeling.Evil"})
    edit(copy / "preprocessor_config.json", auto_map={"AutoImageProcessor": "modeling.Evil"})
    edit(copy / "tokenizer_config.json", auto_map={"AutoTokenizer": ["modeling.Evil", "modeling.Evil"]})
    plain_pickle(copy / "pytorch_model.bin", touching(tmp_path / "ran")[0][1])
    encoder = load_dual_encoder(str(copy))
    assert largest_difference(embeddings(encoder), embeddings(load_dual_encoder(str(folder)))) == 0
    (copy / "model.safetensors").unlink()
    said = error(copy)
    assert "posix.system" in said
    assert "pytorch_model.bin" in said
    assert not (tmp_path / "ran").exists()


def test_a_config_of_old_that_names_the_wrong_end(folder: Path, copy: Path) -> None:
    """OpenAI's own folders on the hub say that a text ends with token 2; the library then takes the highest."""
    edit(copy / "config.json", text_config__eos_token_id=2)
    assert largest_difference(embeddings(load_dual_encoder(str(copy))), embeddings(load_dual_encoder(str(folder)))) == 0
    for wrong in (7, 49406):
        edit(copy / "config.json", text_config__eos_token_id=wrong)
        assert f"takes its answer at token {wrong}, which doesn't end its texts" in error(copy)


def test_the_activation_is_what_the_config_says_and_nothing_else(copy: Path) -> None:
    quick = load_dual_encoder(str(copy), quick_gelu=True)
    assert "its config.json says QuickGELU, --no-quick-gelu says GELU" in error(copy, quick_gelu=False)
    (copy / "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": 32, "quick_gelu": false}}')
    assert "the open_clip_config.json beside it says GELU" in error(copy)
    (copy / "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": 32, "quick_gelu": true}}')
    assert largest_difference(embeddings(load_dual_encoder(str(copy))), embeddings(quick)) == 0
    edit(copy / "config.json", vision_config__hidden_act="gelu")
    assert "text tower the activation 'quick_gelu' and its vision tower 'gelu'" in error(copy)
    edit(copy / "config.json", text_config__hidden_act="gelu")
    (copy / "open_clip_config.json").unlink()
    plain = load_dual_encoder(str(copy))
    assert plain.identity()["activation"] == "GELU"
    assert largest_difference(embeddings(plain), embeddings(quick)) > 1e-3


def test_a_config_that_contradicts_the_weights(copy: Path) -> None:
    config = copy / "config.json"
    edit(config, text_config__num_hidden_layers=3)
    assert "lacks 16 of its tensors: text_model.encoder.layers.2" in error(copy)
    edit(config, text_config__num_hidden_layers=1)
    assert "has 16 that it should not: text_model.encoder.layers.1" in error(copy)
    edit(config, text_config__num_hidden_layers=10**7)
    assert "names 10,000,002 layers" in error(copy)
    edit(config, text_config__num_hidden_layers=2, text_config__intermediate_size=10**9)
    assert "mlp.fc1.weight is (256, 64), not (1000000000, 64)" in error(copy)
    edit(config, text_config__intermediate_size=256, vision_config__image_size=40)
    assert "position_embedding.weight is (17, 64), not (26, 64)" in error(copy)
    edit(config, vision_config__image_size=32, text_config__hidden_act="none")
    edit(config, vision_config__hidden_act="none")
    assert "The config of" in error(copy)
    edit(config, text_config__hidden_size="wide")
    assert "The config of" in error(copy)


def test_other_models_are_told_what_they_are(tmp_path: Path, copy: Path) -> None:
    shape = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    transformers.LlamaForCausalLM(transformers.LlamaConfig(num_hidden_layers=1, **shape)).save_pretrained(
        tmp_path / "llama"
    )
    assert "holds no CLIP or SigLIP, but a model of the kind 'llama'" in error(tmp_path / "llama")
    edit(copy / "config.json", model_type="siglip2")
    assert "models of a fixed resolution" in error(copy)
    edit(copy / "config.json", model_type="clip_text_model")
    assert "of the kind 'clip_text_model'" in error(copy)
    edit(copy / "config.json", model_type=None)
    assert "of the kind None" in error(copy)
    (copy / "config.json").write_text("[" * 100_000)
    assert "can't be read" in error(copy)
    (copy / "config.json").unlink()
    assert "has no config.json. Give the folder of a CLIP" in error(copy)
    (copy / "open_clip_config.json").write_text("{}")
    assert "give open_clip:ARCH/PATH" in error(copy)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"image_processor_type": "ViTImageProcessor"}, "it is a ViTImageProcessor"),
        ({"size": {"height": 32, "width": 40}, "do_center_crop": False}, "is no square"),
        ({"size": {"shortest_edge": 16}}, "from a short side of 16 pixels, 32 can't be cut"),
        ({"crop_size": {"height": 16, "width": 16}}, "makes pictures of 16 pixels for a tower that takes 32"),
        ({"image_std": [1, 0, 1]}, "its mean is"),
        ({"image_mean": [1, 0]}, "its mean is"),
        ({"image_mean": "red"}, "can't be understood"),
        ({"resample": 17}, "can't be"),
        ({"rescale_factor": 0}, "can't be understood"),
        ({"do_resize": False}, "doesn't resize"),
    ],
)
def test_processors_that_cannot_be_followed(copy: Path, changes: dict[str, Any], said: str) -> None:
    edit(copy / "preprocessor_config.json", **changes)
    assert said in error(copy)


def test_parts_that_are_missing(copy: Path, siglip: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(copy, tmp_path / "broken"))
    (broken / "preprocessor_config.json").unlink()
    assert "it has no preprocessor_config.json" in error(broken)
    broken = Path(shutil.copytree(copy, tmp_path / "without"))
    (broken / "model.safetensors").unlink()
    assert "neither model.safetensors nor pytorch_model.bin" in error(broken)
    broken = Path(shutil.copytree(copy, tmp_path / "torn"))
    (broken / "model.safetensors").write_bytes((copy / "model.safetensors").read_bytes()[:-9])
    assert "damaged" in error(broken)
    broken = Path(shutil.copytree(copy, tmp_path / "mute"))
    for name in TOKENIZER_FILES:
        (broken / name).unlink(missing_ok=True)
    assert "has no tokenizer" in error(broken)
    shutil.copy(copy / "tokenizer_config.json", broken)
    (broken / "vocab.json").write_text('{"<|startoftext|>": 0, "<|endoftext|>": 1}')
    (broken / "merges.txt").write_text("#version: 0.2\n")
    assert "gives every text the tokens" in error(broken)
    blind = Path(shutil.copytree(siglip, tmp_path / "blind"))
    edit(blind / "config.json", vision_config__vision_use_head=False)
    error(blind)


def test_a_processor_of_old_is_understood(folder: Path, copy: Path) -> None:
    """As OpenAI's folders on the hub have it: sizes are numbers, the class is an extractor."""
    old = {
        "crop_size": 32,
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "size": 32,
    }
    (copy / "preprocessor_config.json").write_text(json.dumps(old))
    ours, theirs = (load_dual_encoder(str(path)).identity()["preprocessing"] for path in (copy, folder))
    assert ours == theirs


def test_siglip_2_reads_lower_case(siglip: Path, tmp_path: Path) -> None:
    letters = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "\u2581", *"abcdefghijklmnoprstuABCDN"]
    folder = Path(shutil.copytree(siglip, tmp_path / "second"))
    vocabulary = {letter: number for number, letter in enumerate(letters)}
    tokenizer = transformers.GemmaTokenizer(vocab=vocabulary, merges=[], padding_side="right")
    tokenizer.save_pretrained(folder)
    encoder = load_dual_encoder(str(folder), device="cpu")
    assert isinstance(encoder, TorchEncoder)
    assert encoder.tokens(["No DAB"]) == encoder.tokens(["no dab"])
    assert tokenizer(["No DAB"])["input_ids"] != tokenizer(["no dab"])["input_ids"]
    assert encoder.identity()["tokenizer"] == "GemmaTokenizer, lower case"


def test_a_tokenizer_that_needs_a_package_names_it(siglip: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(siglip, tmp_path / "first"))
    edit(folder / "tokenizer_config.json", tokenizer_class="SiglipTokenizer")
    if importlib.util.find_spec("sentencepiece") is None:
        assert "Run: pip install sentencepiece protobuf" in error(folder)


def test_letterbox_is_in_the_identity(siglip: Path) -> None:
    identity = load_dual_encoder(str(siglip), crop="letterbox").identity()
    assert identity["preprocessing"]["fit"] == "pad"  # type: ignore[index, call-overload]


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_lengths_before_texts_are_cut(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    folder = request.getfixturevalue("folder") if kind == "clip" else siglip_folder(tmp_path / "siglip")
    encoder = load_dual_encoder(str(folder), device="cpu")
    assert isinstance(encoder, TorchEncoder)
    context = encoder.tokenization.context
    around = 2 if kind == "clip" else 1  # SigLIP's texts have an end alone
    texts = ["a cat", "cat " * (context - around), "cat " * (context - around + 1), "dog " * 300, "no \ud800 dog"]
    assert encoder.whole_lengths(texts[:4]) == [2 + around, context, context + 1, 300 + around]
    assert len(encoder.whole_lengths(texts)) == 5
    assert max(map(len, encoder.tokens(texts))) == context
