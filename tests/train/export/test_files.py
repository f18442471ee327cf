"""An export to a file is read by OpenAI's own class, by open_clip and by negdata, with the model's own embeddings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers
from safetensors import safe_open

from negdata.clip import load_dual_encoder
from negdata.errors import NegdataError
from negdata.train.export import ExportSettings, ExportSummary, export_model
from tests.clip.tiny import clip_folder, embeddings, largest_difference, state_dict
from tests.openclip import worker


def exported(model: Path, out: Path, to: str, **options: Any) -> ExportSummary:
    return export_model(ExportSettings(model=str(model), to=to, out=out, **options))


class Answers:
    """What the worker says, and the embeddings that it made."""

    def __init__(self, printed: str, folder: Path, summaries: dict[str, ExportSummary]) -> None:
        self.said: dict[str, Any] = json.loads(printed.splitlines()[-1])
        self.folder = folder
        self.summaries = summaries

    def embeddings(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        images, texts = torch.load(self.folder / name, weights_only=True)
        return images.float(), texts.float()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP with GELU."""
    return clip_folder(tmp_path_factory.mktemp("gelu") / "plain", state_dict(seed=3, quick=False), quick=False)


@pytest.fixture(scope="module")
def answers(clip: Path, plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """All that is asked of the others' code, at once: it takes seconds to import."""
    folder = tmp_path_factory.mktemp("exports")
    summaries = {
        "float32": exported(clip, folder / "full.pt", "openai"),
        "float16": exported(clip, folder / "half.pt", "openai", dtype="float16"),
        "quick": exported(clip, folder / "tiny-quick.pt", "open-clip"),
        "gelu": exported(plain, folder / "tiny-gelu.safetensors", "open-clip"),
    }
    request = {
        "strict": [[str(folder / f"{name}.pt"), str(folder / f"strict-{name}")] for name in ("full", "half")],
        "built": [[str(folder / "full.pt"), str(folder / "built")]],
        "checkpoint": [[summaries[name].load, str(folder / name)] for name in ("quick", "gelu")],
        "architectures": [[]],
    }
    (folder / "request.json").write_text(json.dumps(request))
    return Answers(worker("tests.train.export.worker", folder / "request.json"), folder, summaries)


def own(model: Path) -> tuple[torch.Tensor, torch.Tensor]:
    images, texts = embeddings(load_dual_encoder(str(model), device="cpu"))
    return images, texts


def test_openais_class_takes_it_strictly_and_gives_the_same_embeddings(answers: Answers, clip: Path) -> None:
    for said, name, most in zip(answers.said["strict"], ("full", "half"), (1e-6, 2e-3), strict=True):
        assert said == {"same": True, "plain": True, "scale": 2.5}
        assert largest_difference(answers.embeddings(f"strict-{name}"), own(clip)) < most


def test_openais_code_tells_the_architecture_by_the_file(answers: Answers, clip: Path) -> None:
    assert answers.said["built"] == [["CLIP", "torch.float32"]]
    # It goes through half precision on the way, whatever it is given.
    assert largest_difference(answers.embeddings("built"), own(clip)) < 2e-3


def test_open_clip_takes_it_by_the_printed_lines(answers: Answers, clip: Path, plain: Path) -> None:
    assert answers.said["checkpoint"] == [2.5, 2.5]
    for name, model in (("quick", clip), ("gelu", plain)):
        assert largest_difference(answers.embeddings(name), own(model)) < 1e-5
        summary = answers.summaries[name]
        assert summary.architecture == f"tiny-{name}"
        assert [Path(path).name for path in summary.written][1] == f"tiny-{name}.json"
    assert largest_difference(answers.embeddings("quick"), own(plain)) > 1e-2


def test_open_clip_has_the_architectures_that_are_named(answers: Answers) -> None:
    assert answers.said["architectures"] == [{}]


def test_a_safetensors_file_needs_no_option(clip: Path, plain: Path, tmp_path: Path) -> None:
    for number, model in enumerate((clip, plain)):
        out = tmp_path / f"{number}.safetensors"
        summary = exported(model, out, "openai")
        back = load_dual_encoder(str(out), device="cpu")
        assert largest_difference(embeddings(back), own(model)) < 1e-6
        assert any("OpenAI's class wouldn't" in note for note in summary.notes) == (model == plain)
        assert bool(summary.load) == (model == clip)
    with safe_open(out, "pt") as file:
        assert file.metadata()["negdata.quick_gelu"] == "false"


def test_there_and_back_is_the_same_to_the_bit(weights: Path, tmp_path: Path) -> None:
    exported(weights, tmp_path / "one.pt", "openai")
    export_model(ExportSettings(model=str(tmp_path / "one.pt"), to="openai", out=tmp_path / "two.pt", quick_gelu=True))
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "two.pt").read_bytes()
    again = exported(weights, tmp_path / "one.pt", "openai", fresh=True)
    assert again.weights == load_dual_encoder(str(weights), device="cpu").identity()["weights"]
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "two.pt").read_bytes()


def refusal(model: Path, out: Path, to: str = "openai", **options: Any) -> str:
    before = sorted(out.parent.iterdir()) if out.parent.is_dir() else []
    with pytest.raises(NegdataError) as caught:
        exported(model, out, to, **options)
    assert (sorted(out.parent.iterdir()) if out.parent.is_dir() else []) == before
    return str(caught.value)


def test_what_would_score_wrong_is_refused(
    clip: Path, weights: Path, plain: Path, siglip: Path, tmp_path: Path
) -> None:
    assert "was trained with GELU; OpenAI's class would load it and score wrong" in refusal(plain, tmp_path / "a.pt")
    assert "is a SigLIP, not a CLIP" in refusal(siglip, tmp_path / "a.pt")
    assert "is a SigLIP, not a CLIP" in refusal(siglip, tmp_path / "a.pt", "open-clip")
    assert "suffix '.onnx'" in refusal(weights, tmp_path / "a.onnx")
    assert "number format of files named 'int8'" in refusal(weights, tmp_path / "a.pt", dtype="int8")
    assert "--base means nothing with --to openai" in refusal(weights, tmp_path / "a.pt", base=tmp_path)
    assert "--which means nothing" in refusal(weights, tmp_path / "a.pt", which="text_encoder")
    assert "Did you mean 'openai'" in refusal(weights, tmp_path / "a.pt", "opena")
    assert "in each other" in refusal(clip, clip / "a.pt")
    assert "open_clip knows the architecture of ViT-B-32" in refusal(weights, tmp_path / "ViT-B-32.pt", "open-clip")


def test_what_is_there_stays_unless_asked(clip: Path, weights: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"mine")
    (tmp_path / "b.json").write_bytes(b"mine")
    assert "--fresh" in refusal(weights, tmp_path / "a.pt")
    assert "--fresh" in refusal(weights, tmp_path / "b.pt", "open-clip")
    (tmp_path / "c.pt").mkdir()
    assert "is a folder" in refusal(weights, tmp_path / "c.pt", fresh=True)
    assert (tmp_path / "a.pt").read_bytes() == b"mine"


def changed(clip: Path, folder: Path, **text: Any) -> Path:
    """The CLIP with another value in the config of its text tower."""
    folder.mkdir()
    for path in clip.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    config["text_config"] |= text
    config["vision_config"] |= {key: value for key, value in text.items() if key == "layer_norm_eps"}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_other_heads_epsilons_and_tokenizers_are_refused(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pt"
    assert "text tower of 2 heads" in refusal(changed(clip, tmp_path / "heads", num_attention_heads=2), out)
    safe = tmp_path / "out.safetensors"
    assert "don't tell how many heads" in refusal(tmp_path / "heads", safe)
    assert "an epsilon of 0.001" in refusal(changed(clip, tmp_path / "epsilon", layer_norm_eps=1e-3), out, "open-clip")
    other = changed(clip, tmp_path / "tokens")
    document = json.loads((other / "tokenizer.json").read_text())
    document["model"]["merges"][:2] = reversed(document["model"]["merges"][:2])
    (other / "tokenizer.json").write_text(json.dumps(document))
    assert "has a tokenizer of its own" in refusal(other, out)


def test_too_large_for_half_precision(tmp_path: Path) -> None:
    tensors = state_dict(seed=4)
    tensors["text_projection"][0, 0] = 1e6
    folder = clip_folder(tmp_path / "large", tensors)
    assert "no finite numbers" in refusal(folder, tmp_path / "a.pt", dtype="float16")
    assert exported(folder, tmp_path / "a.pt", "openai").written


def test_pictures_that_are_prepared_otherwise_are_told_of(clip: Path, tmp_path: Path) -> None:
    other = changed(clip, tmp_path / "other")
    transformers.CLIPImageProcessor(
        size={"height": 32, "width": 32}, do_center_crop=False, image_mean=[0.5] * 3, image_std=[0.5] * 3
    ).save_pretrained(other)
    summary = exported(other, tmp_path / "a.pt", "openai")
    assert "fit squash" in " ".join(summary.notes)
    (line,) = exported(other, tmp_path / "b.pt", "open-clip").load[1:]
    assert "image_mean=(0.5, 0.5, 0.5), image_std=(0.5, 0.5, 0.5), image_resize_mode='squash'" in line
