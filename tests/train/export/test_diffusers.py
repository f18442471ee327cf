"""A pipeline with the model's text tower says what the model's own text tower says; nothing else of it changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("diffusers")

import diffusers
import torch
import transformers
from safetensors.torch import load_file, save_file

from negdata.clip import load_dual_encoder
from negdata.clip.bpe import openai_tokenizer
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.train.export import ExportSettings, ExportSummary, export_model
from tests.clip.tiny import PHRASES, clip_folder, state_dict
from tests.train.export.bases import stable_diffusion, stable_diffusion_xl
from tests.train.export.listing import content

diffusers.utils.logging.disable_progress_bar()
NOTE = "negdata.export.json"


@pytest.fixture(scope="module")
def sd1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stable_diffusion(tmp_path_factory.mktemp("sd1") / "base")


@pytest.fixture(scope="module")
def sd2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its text encoder has the first of two layers."""
    return stable_diffusion(tmp_path_factory.mktemp("sd2") / "base", num_hidden_layers=1)


@pytest.fixture(scope="module")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stable_diffusion_xl(tmp_path_factory.mktemp("sdxl") / "base")


def exported(model: Path, base: Path, out: Path, **options: Any) -> ExportSummary:
    return export_model(ExportSettings(model=str(model), to="diffusers", base=base, out=out, **options))


def refusal(model: Path, base: Path, out: Path, **options: Any) -> str:
    before = content(out) if out.is_dir() else None
    with pytest.raises(NegdataError) as caught:
        exported(model, base, out, **options)
    assert (content(out) if out.is_dir() else None) == before
    assert not [path for path in out.parent.iterdir() if path.name.startswith(out.name + ".")]
    return str(caught.value)


def copied(base: Path, to: Path) -> Path:
    shutil.copytree(base, to)
    return to


def tower(model: Path, layers: int = 2) -> Any:
    """The text tower of a CLIP through the transformers library alone."""
    whole = transformers.CLIPModel.from_pretrained(model).eval()
    whole.text_model.encoder.layers = whole.text_model.encoder.layers[:layers]
    return whole


def tokens() -> torch.Tensor:
    padded = openai_tokenizer()(PHRASES, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    ids: torch.Tensor = padded["input_ids"]
    return ids


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().max())


def image(pipeline: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline(
        "a street without cars", num_inference_steps=2, output_type="np", generator=torch.Generator().manual_seed(0)
    )
    return made.images[0]


def only_this_changed(base: Path, out: Path, *changed: str) -> None:
    before, after = content(base), content(out)
    assert {name for name in before if before[name] != after.get(name)} == set(changed)
    assert set(after) - set(before) == {NOTE}


@pytest.mark.parametrize(("kind", "layers"), [("sd1", 2), ("sd2", 1)])
def test_stable_diffusion(kind: str, layers: int, clip: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    base: Path = request.getfixturevalue(kind)
    before = content(base)
    summary = exported(clip, base, tmp_path / "out")
    assert content(base) == before
    only_this_changed(base, tmp_path / "out", "text_encoder/model.safetensors")
    old, new = (diffusers.StableDiffusionPipeline.from_pretrained(folder) for folder in (base, tmp_path / "out"))
    with torch.inference_mode():
        said = new.text_encoder(tokens())
        wanted = tower(clip, layers).text_model(tokens())
        assert apart(said.last_hidden_state, wanted.last_hidden_state) < 1e-6
        assert apart(said.pooler_output, wanted.pooler_output) < 1e-6
        assert apart(said.last_hidden_state, old.text_encoder(tokens()).last_hidden_state) > 1e-3
    assert abs(image(old) - image(new)).max() > 1e-6
    (replaced,) = summary.replaced
    assert (replaced.part, replaced.layers, replaced.layers_of_model) == ("text_encoder", layers, 2)
    assert 0 < replaced.distance < 0.2
    assert [note for note in summary.notes if "first 1 of the model's 2 layers" in note] == summary.notes
    assert len(summary.notes) == 2 - layers
    assert summary.load == [f"diffusers.StableDiffusionPipeline.from_pretrained({str(tmp_path / 'out')!r})"]


def test_stable_diffusion_xl_gets_the_one_that_fits(clip: Path, sdxl: Path, tmp_path: Path) -> None:
    summary = exported(clip, sdxl, tmp_path / "out")
    assert [one.part for one in summary.replaced] == ["text_encoder_2"]
    only_this_changed(sdxl, tmp_path / "out", "text_encoder_2/model.safetensors")
    old, new = (diffusers.StableDiffusionXLPipeline.from_pretrained(folder) for folder in (sdxl, tmp_path / "out"))
    encoder = load_dual_encoder(str(clip), device="cpu")
    assert isinstance(encoder, TorchEncoder)
    with torch.inference_mode():
        said = new.text_encoder_2(tokens(), output_hidden_states=True)
        wanted = tower(clip).text_model(tokens(), output_hidden_states=True)
        assert apart(said.last_hidden_state, wanted.last_hidden_state) < 1e-6
        assert apart(said.hidden_states[-2], wanted.hidden_states[-2]) < 1e-6
        assert apart(said.text_embeds, encoder.text_features(encoder.padded(encoder.tokens(PHRASES)))) < 1e-5
    assert abs(image(old) - image(new)).max() > 1e-6


def test_which_says_which_where_both_fit(weights: Path, tmp_path: Path) -> None:
    base = stable_diffusion_xl(tmp_path / "base", first=64)
    assert "fits text_encoder and text_encoder_2" in refusal(weights, base, tmp_path / "out")
    assert "named 'unet'" in refusal(weights, base, tmp_path / "out", which="unet")
    first = exported(weights, base, tmp_path / "out", which="text_encoder")
    assert [one.part for one in first.replaced] == ["text_encoder"]
    only_this_changed(base, tmp_path / "out", "text_encoder/model.safetensors")
    exported(weights, tmp_path / "out", tmp_path / "both", which="text_encoder_2")
    assert json.loads((tmp_path / "both" / NOTE).read_text())["before"]["replaced"][0]["part"] == "text_encoder"
    before, after = content(base), content(tmp_path / "both")
    names = {f"{part}/model.safetensors" for part in ("text_encoder", "text_encoder_2")}
    assert {name for name in before if before[name] != after[name]} == names


def test_both_shapes_are_named_where_none_fits(weights: Path, sdxl: Path, sd1: Path, tmp_path: Path) -> None:
    said = refusal(weights, sdxl, tmp_path / "out", which="text_encoder")
    assert "has width 64 (256 inside), 2 layers of 1 heads, context 77, vocabulary 49408, projected to 32" in said
    assert "text_encoder has width 32 (128 inside), 2 layers of 1 heads, context 77, vocabulary 49408" in said
    assert "has no CLIP as its text_encoder_2" in refusal(weights, sd1, tmp_path / "out", which="text_encoder_2")
    longer = copied(sd1, tmp_path / "longer")
    edit(longer / "text_encoder/config.json", num_hidden_layers=3)
    assert "3 layers" in refusal(weights, longer, tmp_path / "out")
    edit(longer / "text_encoder/config.json", num_hidden_layers=-1)
    assert "-1 layers" in refusal(weights, longer, tmp_path / "out")
    edit(longer / "text_encoder/config.json", num_hidden_layers="2")
    assert "num_hidden_layers '2'" in refusal(weights, longer, tmp_path / "out")
    edit(longer / "text_encoder/config.json", num_hidden_layers=1)
    exported(weights, longer, tmp_path / "out")
    projected = copied(sdxl, tmp_path / "projected")
    edit(projected / "text_encoder_2/config.json", num_hidden_layers=1)
    assert "1 layers" in refusal(weights, projected, tmp_path / "other")


def edit(path: Path, **changes: Any) -> None:
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | changes))


def test_what_calculates_differently_is_refused(weights: Path, sd1: Path, tmp_path: Path) -> None:
    base, out = copied(sd1, tmp_path / "base"), tmp_path / "out"
    config = base / "text_encoder/config.json"
    kept = config.read_text()
    for changes, words in (
        ({"hidden_act": "gelu"}, "has the activation gelu, where"),
        ({"layer_norm_eps": 1e-3}, "the epsilon of layer norms 0.001"),
        ({"eos_token_id": 5}, "the token at which a text ends 5"),
    ):
        edit(config, **changes)
        assert words in refusal(weights, base, out)
        config.write_text(kept)
    edit(config, eos_token_id=2)  # as the first pipelines had it
    exported(weights, base, out)
    assert json.loads((out / "text_encoder/config.json").read_text())["eos_token_id"] == 2


def test_tokenizers_must_agree(weights: Path, sd1: Path, tmp_path: Path) -> None:
    base, out = copied(sd1, tmp_path / "base"), tmp_path / "out"
    path = base / "tokenizer/tokenizer.json"
    document = json.loads(path.read_text())
    vocabulary: dict[str, int] = document["model"]["vocab"]
    vocabulary["dog</w>"], vocabulary["cat</w>"] = vocabulary["cat</w>"], vocabulary["dog</w>"]
    path.write_text(json.dumps(document))
    assert "numbers 2 tokens differently" in refusal(weights, base, out)
    document["model"]["vocab"]["dog</w>"], vocabulary["cat</w>"] = vocabulary["cat</w>"], vocabulary["dog</w>"]
    document["model"]["merges"][5:7] = reversed(document["model"]["merges"][5:7])
    path.write_text(json.dumps(document))
    assert "in another order" in refusal(weights, base, out)
    path.unlink()
    assert "has no tokenizer" in refusal(weights, base, out)
    document["model"]["merges"][5:7] = reversed(document["model"]["merges"][5:7])
    (base / "tokenizer/vocab.json").write_text(json.dumps(document["model"]["vocab"]))
    merges = "\n".join(["#version: 0.2", *map(" ".join, document["model"]["merges"]), ""])
    (base / "tokenizer/merges.txt").write_text(merges, encoding="utf-8")
    exported(weights, base, out)  # the files that pipelines of old have


def test_every_variant_gets_the_new_weights_in_its_format(clip: Path, weights: Path, sd1: Path, tmp_path: Path) -> None:
    base, out = copied(sd1, tmp_path / "base"), tmp_path / "out"
    encoder = base / "text_encoder"
    whole = {f"text_model.{name}": tensor for name, tensor in load_file(encoder / "model.safetensors").items()}
    whole["text_model.embeddings.position_ids"] = torch.arange(77)[None]  # as in files of old
    save_file(whole, encoder / "model.safetensors", metadata={"format": "pt", "mine": "kept"})
    half = {name: tensor.half() for name, tensor in whole.items() if tensor.is_floating_point()}
    save_file(half, encoder / "model.fp16.safetensors")
    torch.save(whole, encoder / "pytorch_model.bin")
    torch.save({name: tensor.bfloat16() for name, tensor in half.items()}, encoder / "pytorch_model.bf16.bin")
    for name in ("flax_model.msgpack", "tf_model.h5", "model.onnx"):
        (encoder / name).write_bytes(b"old")
    (base / "v1-5-pruned.ckpt").write_bytes(b"all in one")
    summary = exported(weights, base, out)
    names = sorted(path.name for path in (out / "text_encoder").iterdir())
    assert names == ["config.json", *(f"model{one}.safetensors" for one in (".bf16", ".fp16", ""))]
    wanted = transformers.CLIPModel.from_pretrained(clip).state_dict()
    for variant, dtype in (("", torch.float32), (".fp16", torch.float16), (".bf16", torch.bfloat16)):
        found = load_file(out / f"text_encoder/model{variant}.safetensors")
        ids = found.pop("text_model.embeddings.position_ids", None)
        assert (ids is not None) == (variant == "")
        assert len(found) == len(half)
        assert all(torch.equal(tensor, wanted[name].to(dtype)) for name, tensor in found.items())
        # A file is its length, a header of that length, and the numbers.
        if variant != ".bf16":
            old, new = ((folder / f"text_encoder/model{variant}.safetensors").read_bytes() for folder in (base, out))
            header = 8 + int.from_bytes(old[:8], "little")
            assert old[:header] == new[:header]
            assert len(old) == len(new)
    for name in ("flax_model.msgpack", "model.onnx", "pytorch_model.bin", "pytorch_model.bf16.bin", "tf_model.h5"):
        assert f"text_encoder/{name}" in " ".join(summary.notes)
    assert "v1-5-pruned.ckpt is copied as it is and holds the old text encoder" in " ".join(summary.notes)
    assert summary.replaced[0].files[0] == "text_encoder/model.fp16.safetensors (float16)"
    made = diffusers.StableDiffusionPipeline.from_pretrained(out, variant="fp16", dtype=torch.float16)
    assert torch.equal(
        made.text_encoder.get_input_embeddings().weight, wanted["text_model.embeddings.token_embedding.weight"].half()
    )


def test_weights_in_several_files_are_replaced_where_they_are(
    clip: Path, weights: Path, sd1: Path, tmp_path: Path
) -> None:
    base = copied(sd1, tmp_path / "base")
    encoder = base / "text_encoder"
    (encoder / "model.safetensors").unlink()
    model = diffusers.StableDiffusionPipeline.from_pretrained(sd1).text_encoder
    model.save_pretrained(encoder, max_shard_size="13MB")
    shards = sorted(path.name for path in encoder.glob("*.safetensors"))
    assert len(shards) > 1
    exported(weights, base, tmp_path / "out")
    only_this_changed(base, tmp_path / "out", *(f"text_encoder/{name}" for name in shards))
    made = transformers.CLIPTextModel.from_pretrained(tmp_path / "out/text_encoder")
    with torch.inference_mode():
        wanted = tower(clip).text_model(tokens()).last_hidden_state
        assert apart(made(tokens()).last_hidden_state, wanted) < 1e-6
    (encoder / shards[0]).unlink()
    assert "lacks" in refusal(weights, base, tmp_path / "other")


def test_a_stranger_is_told_of(sd1: Path, tmp_path: Path) -> None:
    stranger = clip_folder(tmp_path / "stranger", state_dict(seed=7))
    summary = exported(stranger, sd1, tmp_path / "out")
    assert summary.replaced[0].distance > 1
    assert "is no fine-tuned form of the base's text_encoder" in summary.notes[0]


def damage_shapes(base: Path) -> None:
    path = base / "text_encoder/model.safetensors"
    tensors = load_file(path)
    tensors["final_layer_norm.weight"] = torch.ones(63)
    save_file(tensors, path)


def damage_numbers(base: Path) -> None:
    path = base / "text_encoder/model.safetensors"
    tensors = load_file(path)
    tensors["final_layer_norm.weight"][0] = float("nan")
    save_file(tensors, path)


def damage_names(base: Path) -> None:
    path = base / "text_encoder/model.safetensors"
    save_file(load_file(path) | {"adapter.weight": torch.ones(2)}, path)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damage_shapes, "doesn't have the shapes that its config says"),
        (damage_numbers, "no finite numbers"),
        (damage_names, "that no CLIP's text tower has: text_model.adapter.weight"),
        (lambda base: (base / "text_encoder/model.safetensors").unlink(), "has no weights"),
        (lambda base: (base / "text_encoder/model.safetensors").write_bytes(b"{}"), "is damaged"),
        (lambda base: (base / "model_index.json").unlink(), "is no pipeline of diffusers"),
        (lambda base: (base / "model_index.json").write_text("{"), "can't be read"),
        (lambda base: edit(base / "model_index.json", text_encoder=["transformers", "T5EncoderModel"]), "is a T5Enc"),
        (lambda base: edit(base / "model_index.json", text_encoder=[None, None]), "it has none"),
        (lambda base: (base / "text_encoder/config.json").unlink(), "has no text_encoder/config.json"),
    ],
)
def test_a_damaged_base_is_refused(
    damage: Callable[[Path], None], words: str, weights: Path, sd1: Path, tmp_path: Path
) -> None:
    base = copied(sd1, tmp_path / "base")
    damage(base)
    assert words in refusal(weights, base, tmp_path / "out")


def test_no_base_no_folder(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="--to diffusers needs --base"):
        export_model(ExportSettings(model=str(weights), to="diffusers", out=tmp_path / "out"))
    assert "is no folder" in refusal(weights, tmp_path / "nowhere", tmp_path / "out")
    assert "--dtype means nothing with --to diffusers" in refusal(weights, tmp_path, tmp_path / "out", dtype="float16")
