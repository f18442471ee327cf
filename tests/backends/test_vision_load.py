"""Models that can't be loaded, and what a person is told."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.backends.base import BackendOptions
from negdata.backends.vision import VisionBackend
from negdata.errors import NegdataError
from tests.backends.seeing import ask


def _load_error(model: Path | str) -> str:
    with pytest.raises(NegdataError) as caught:
        ask(VisionBackend(BackendOptions(str(model))), [])
    return str(caught.value)


def test_models_that_are_none(tmp_path: Path, qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants
    from transformers import LlamaConfig, LlamaForCausalLM

    small = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    assert "doesn't exist" in _load_error(tmp_path / "nowhere")
    assert "no config.json" in _load_error(tmp_path)
    (tmp_path / "file").write_text("")
    assert "is a file" in _load_error(tmp_path / "file")
    text = tmp_path / "text"
    LlamaForCausalLM(LlamaConfig(**small)).save_pretrained(text)
    assert "(llama) can't see images" in _load_error(text)
    blind = tmp_path / "blind"
    shutil.copytree(qwen, blind)
    (blind / "preprocessor_config.json").unlink()
    assert "no image processor" in _load_error(blind)
    torn = tmp_path / "torn"
    shutil.copytree(qwen, torn)
    (torn / "model.safetensors").write_bytes(b"\0" * 100)
    assert "can't be loaded" in _load_error(torn)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert "fetched from the hub" in _load_error("no-such-owner/no-such-model")


def test_a_checkpoint_that_lacks_weights(qwen: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    part = tmp_path / "part"
    shutil.copytree(qwen, part)
    weights = load_file(part / "model.safetensors")
    lost = next(name for name in weights if "layers.1" in name)
    del weights[lost]
    save_file(weights, part / "model.safetensors", metadata={"format": "pt"})
    assert "lacks 1 of its weights" in _load_error(part)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(NegdataError, match=r'transformers is not installed.*pip install "negdata\[train\]"'):
        VisionBackend(BackendOptions("any"))


def test_no_model_is_named() -> None:
    with pytest.raises(NegdataError, match="no default model"):
        VisionBackend(BackendOptions())
