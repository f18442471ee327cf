"""An exported folder says what it was made of and which images are behind it; a file's summary says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata import __version__
from negdata.clip import load_dual_encoder
from negdata.exclusion import ImageKeys, trained_on, write_trained_on
from negdata.train.export import ExportSettings, export_model
from tests.train.export.bases import clipseg


def trained(model: Path, to: Path, *images: str) -> Path:
    """A copy of a model that says that it was trained on images."""
    shutil.copytree(model, to)
    said = write_trained_on(to, ImageKeys.of(images))
    (to / "negdata.manifest.json").write_text(json.dumps({"trained_on": said, "recipe": "default"}))
    return to


def test_the_images_go_along(clip: Path, tmp_path: Path) -> None:
    model = trained(clip, tmp_path / "model", "000000000009.jpg", "mine.jpg")
    base = clipseg(tmp_path / "base")
    summary = export_model(ExportSettings(model=str(model), to="clipseg", base=base, out=tmp_path / "out"))
    assert summary.trained_on == 2
    found = trained_on(str(tmp_path / "out"))
    assert found is not None
    assert found.keys == {"coco:9", "file:mine"}
    note = json.loads((tmp_path / "out" / "negdata.export.json").read_text())
    assert note["weights"] == load_dual_encoder(str(model), device="cpu").identity()["weights"] == summary.weights
    assert (note["negdata"], note["to"], note["model"]) == (__version__, "clipseg", str(model))
    assert (note["base"], note["replaced"][0]["part"]) == (str(base), "clip.text_model")

    other = trained(clip, tmp_path / "other", "000000000010.jpg")
    again = export_model(ExportSettings(model=str(other), to="clipseg", base=tmp_path / "out", out=tmp_path / "again"))
    assert again.trained_on == 3
    kept = trained_on(str(tmp_path / "again"))
    assert kept is not None
    assert kept.keys == {"coco:9", "coco:10", "file:mine"}

    silent = export_model(ExportSettings(model=str(clip), to="clipseg", base=base, out=tmp_path / "silent"))
    assert silent.trained_on is None
    assert trained_on(str(tmp_path / "silent")) is None


def test_a_file_says_so_in_its_summary(clip: Path, tmp_path: Path) -> None:
    model = trained(clip, tmp_path / "model", "000000000009.jpg")
    summary = export_model(ExportSettings(model=str(model), to="openai", out=tmp_path / "a.pt"))
    assert summary.trained_on == 1
    assert "trained on 1 images, of which a file can't tell" in summary.notes[-1]
