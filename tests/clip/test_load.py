"""One model in every form has the same embeddings; what isn't there, or isn't a model, is told as it is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
from safetensors.torch import load_file, save_file

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.clip.openai_layout import to_openai
from negdata.errors import NegdataError
from tests.clip.tiny import embeddings, largest_difference, state_dict
from tests.vision.hub import put_under_name


def error(name: Path | str, **options: object) -> str:
    with pytest.raises(NegdataError) as caught:
        load_dual_encoder(str(name), device="cpu", **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_every_form_of_the_same_weights_has_the_same_embeddings(tmp_path: Path, folder: Path) -> None:
    of_transformers = load_file(folder / "model.safetensors")
    tensors = to_openai(of_transformers)
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    torch.save(tensors, tmp_path / "a.pt")
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in tensors.items()}}, tmp_path / "ddp.pth")
    torch.save({"model": tensors, "epoch": 1}, tmp_path / "model.pth")
    save_file(whole, tmp_path / "a.safetensors")
    torch.save(of_transformers, tmp_path / "transformers.bin")
    save_file(of_transformers, tmp_path / "transformers.safetensors")
    wanted = embeddings(load_dual_encoder(str(folder), device="cpu"))
    for path, layout in {
        "a.pt": "openai",
        "ddp.pth": "openai",
        "model.pth": "openai",
        "a.safetensors": "openai",
        "transformers.bin": "transformers",
        "transformers.safetensors": "transformers",
    }.items():
        encoder = load_dual_encoder(str(tmp_path / path), device="cpu", quick_gelu=True)
        assert largest_difference(embeddings(encoder), wanted) < 1e-5
        assert isinstance(encoder, TorchEncoder)
        assert encoder.about.layout == layout
        assert encoder.scale == pytest.approx(12.182494, rel=1e-6)  # e^2.5


def test_half_precision_on_disk_is_read_as_it_is(tmp_path: Path) -> None:
    half = {name: tensor.half() for name, tensor in state_dict().items()}
    torch.save(half, tmp_path / "half.pth")
    torch.save({name: tensor.float() for name, tensor in half.items()}, tmp_path / "float.pth")
    one, other = (load_dual_encoder(str(tmp_path / f"{name}.pth"), quick_gelu=True) for name in ("half", "float"))
    assert largest_difference(embeddings(one), embeddings(other)) == 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("quick", [True, False])
def test_an_archive_of_torchscript_needs_no_option(tmp_path: Path, quick: bool) -> None:
    from tests.clip.openai_model import random_openai_clip

    model = random_openai_clip(quick=quick)
    tokens = torch.zeros(1, 77, dtype=torch.long)
    torch.jit.trace(model, (torch.zeros(1, 3, 32, 32), tokens)).save(str(tmp_path / "jit.pt"))
    torch.save(model.state_dict(), tmp_path / "plain.pt")
    archive = load_dual_encoder(str(tmp_path / "jit.pt"))
    plain = load_dual_encoder(str(tmp_path / "plain.pt"), quick_gelu=quick)
    assert largest_difference(embeddings(archive), embeddings(plain)) == 0
    assert "can't have both activations" in error(tmp_path / "jit.pt", quick_gelu=not quick)


def test_without_evidence_of_the_activation_nothing_is_guessed(checkpoint: Path, tmp_path: Path) -> None:
    said = error(checkpoint)
    assert "says whether it was trained with QuickGELU or with GELU" in said
    assert "Give --quick-gelu if it comes from OpenAI's weights, as the paper's NegationCLIP does" in said
    assert "--no-quick-gelu" in said
    quick, plain = (load_dual_encoder(str(checkpoint), quick_gelu=answer) for answer in (True, False))
    assert largest_difference(embeddings(quick), embeddings(plain)) > 1e-3
    said_by_file = tmp_path / "said.safetensors"
    save_file(state_dict(), said_by_file, metadata={"negdata.quick_gelu": "false"})
    assert load_dual_encoder(str(said_by_file)).identity()["activation"] == "GELU"
    assert "--quick-gelu says QuickGELU, the file itself says GELU" in error(said_by_file, quick_gelu=True)


def test_an_architecture_is_checked_and_its_suffix_is_evidence(checkpoint: Path) -> None:
    assert "has the shapes of" in error(checkpoint, architecture="ViT-B-32-quickgelu")
    assert "no architecture named 'ViT-B-23'" in error(checkpoint, architecture="ViT-B-23")


def test_a_folder_says_itself_what_it_is(folder: Path) -> None:
    assert "says itself what it is" in error(folder, architecture="ViT-B-32")


def test_a_model_of_the_hub_is_found_in_its_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    put_under_name(folder, "someone/tiny-clip", tmp_path)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    encoder = load_dual_encoder("someone/tiny-clip", device="cpu")
    assert encoder.name == "someone/tiny-clip"
    assert largest_difference(embeddings(encoder), embeddings(load_dual_encoder(str(folder)))) == 0
    assert "can it be fetched from the hub" in error("someone/other-clip")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/no/such/folder", "'/no/such/folder' doesn't exist"),
        ("./nowhere", "doesn't exist"),
        ("a/b/c", "doesn't exist"),
        ("nowhere.safetensors", "doesn't exist"),
        ("", "No model is named"),
        ("ViT-B/32", "is an architecture, not a model. Name its weights too: open_clip:ViT-B-32-quickgelu/openai"),
        ("RN50", "is an architecture"),
    ],
)
def test_names_of_nothing(name: str, said: str) -> None:
    assert said in error(name)


def test_weights_that_are_no_whole_clip(tmp_path: Path, checkpoint: Path, folder: Path) -> None:
    tensors = state_dict()
    path = tmp_path / "a.pt"

    def saved(changed: dict[str, torch.Tensor]) -> str:
        torch.save(changed, path)
        return error(path, quick_gelu=True)

    without = {name: tensor for name, tensor in tensors.items() if name != "ln_final.bias"}
    assert "lacks 1 of its tensors: ln_final.bias" in saved(without)
    assert "has 1 that it should not: visual.more" in saved(tensors | {"visual.more": torch.ones(1)})
    assert "no finite numbers, in visual.proj" in saved(tensors | {"visual.proj": torch.full((64, 32), float("nan"))})
    assert "no finite numbers" in saved(tensors | {"logit_scale": torch.tensor(float("inf"))})
    assert "ln_final.bias in int64" in saved(tensors | {"ln_final.bias": torch.ones(64, dtype=torch.long)})
    assert "knows 100 tokens" in saved(tensors | {"token_embedding.weight": torch.ones(100, 64)})
    assert "is no CLIP: its tensors are weight, bias" in saved({"weight": torch.ones(1), "bias": torch.ones(1)})
    custom = {name if name.startswith("visual") else f"text.{name}": tensor for name, tensor in tensors.items()}
    assert f"open_clip:ARCH/{path}" in saved(custom)
    theirs = load_file(folder / "model.safetensors")
    del theirs["text_model.encoder.layers.1.self_attn.v_proj.bias"]
    assert "v_proj.bias is missing or unexpected" in saved(theirs)
    assert "Give its folder instead" not in error(path, quick_gelu=True)
    shutil.copy(folder / "config.json", tmp_path)
    assert "Give its folder instead" in error(path, quick_gelu=True)


def test_bare_weights_of_siglip_need_their_folder(siglip: Path) -> None:
    assert "SigLIP and other dual encoders need their folder" in error(siglip / "model.safetensors", quick_gelu=False)


def test_the_files_stay_as_they_are(checkpoint: Path) -> None:
    before = checkpoint.read_bytes()
    encoder = load_dual_encoder(str(checkpoint), quick_gelu=True)
    assert isinstance(encoder, TorchEncoder)
    with torch.no_grad():
        for weight in encoder.model.parameters():
            weight.zero_()
    assert checkpoint.read_bytes() == before


def test_packages_that_are_not_installed_are_named(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "transformers", None)
        assert 'transformers is not installed. Run: pip install "negdata[train]"' in error(checkpoint)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ftfy", None)
        assert 'ftfy is not installed. Run: pip install "negdata[train]"' in error(checkpoint, quick_gelu=True)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "open_clip", None)
        assert 'pip install "negdata[openclip]"' in error("open_clip:ViT-B-32-quickgelu/openai")
