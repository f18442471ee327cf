"""``negdata export`` as a user runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from tests.cli.forked import negdata, refused
from tests.train.export.bases import clipseg, weights_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP and a CLIPSeg."""
    made = tmp_path_factory.mktemp("export")
    weights_file(made / "negationclip.safetensors")
    clipseg(made / "clipseg")
    return made


def test_a_file_and_how_to_load_it(folder: Path) -> None:
    done = negdata("export", "negationclip.safetensors", "--to", "openai", "-o", "clip.pt", folder=folder)
    assert "model = clip.model.build_model(torch.load('clip.pt', weights_only=True))" in done.stdout
    assert "QuickGELU · float32, 62 tensors" in done.stdout
    assert len(torch.load(folder / "clip.pt", weights_only=True)) == 62
    said = refused("export", "negationclip.safetensors", "--to", "openai", "-o", "clip.pt", folder=folder)
    assert "clip.pt is there already. Give --fresh to replace it" in said
    assert "--quick-gelu" in refused("export", "clip.pt", "--to", "open-clip", "-o", "other.pt", folder=folder)
    words = ("export", "clip.pt", "--quick-gelu", "--to", "open-clip", "-o", "other.pt", "--dtype", "float16", "--json")
    summary = json.loads(negdata(*words, folder=folder).stdout)
    assert summary["written"] == ["other.pt", "other.json"]
    assert summary["load"][0] == "open_clip.add_model_config('other.json')"


def test_a_folder_and_what_was_replaced(folder: Path) -> None:
    words = ("export", "negationclip.safetensors", "--to", "clipseg", "-o", "out")
    assert "--to clipseg needs --base" in refused(*words, folder=folder)
    done = negdata(*words, "--base", "clipseg", folder=folder)
    assert "replaced clip.text_model, 0." in done.stdout
    assert "in model.safetensors (float32)" in done.stdout
    assert "note: The vision tower, the decoder and the logit scale are the base's." in done.stderr
    assert "holds an earlier export" in refused(*words, "--base", "clipseg", folder=folder)
    negdata(*words, "--base", "clipseg", "--fresh", folder=folder)
    shutil.copytree(folder / "clipseg", folder / "evil")
    (folder / "evil" / "vocab.json").symlink_to("/etc/passwd")
    said = refused(*words, "--base", "evil", "--fresh", folder=folder)
    assert "vocab.json in the base evil is a link out of the folder" in said
    assert "no target named 'clipsge'" in refused("export", "x", "--to", "clipsge", "-o", "y", folder=folder)
    assert (folder / "out" / "negdata.export.json").is_file()
