"""A model folder's word on the images that the model was trained on: written, read, and never believed unchecked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.exclusion import ImageKeys, images_of, trained_on, write_trained_on
from negdata.sources.base import file_digest

KEYS = ImageKeys.of(["COCO_train2014_000000250196.jpg", "v7w_1.jpg", "Straße.png"])


def model(folder: Path, keys: ImageKeys = KEYS, **changes: Any) -> Path:
    """A model's folder; ``changes`` are made to what the manifest says of the list."""
    said = write_trained_on(folder, keys) | changes
    (folder / "negdata.manifest.json").write_text(json.dumps({"negdata": "0.1.0", "trained_on": said}))
    return folder


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(st.integers(0, 10**12) | st.text(max_size=12), max_size=9))
def test_what_is_written_is_read(tmp_path: Path, images: set[str | int]) -> None:
    keys = ImageKeys.of(images)
    assert trained_on(str(model(tmp_path, keys))) == keys


def test_the_manifest_names_the_list_its_length_and_its_hash(tmp_path: Path) -> None:
    said = write_trained_on(tmp_path, KEYS)
    assert said == {"file": "trained_on.txt", "images": 3, "digest": file_digest(tmp_path / "trained_on.txt")}
    assert (tmp_path / "trained_on.txt").read_text() == "coco:250196\nfile:strasse\nfile:v7w_1\n"
    assert images_of(tmp_path / "trained_on.txt") == KEYS


@pytest.mark.parametrize("name", ["openai/clip-vit-base-patch32", "", "a\0b", "x" * 5_000])
def test_what_is_no_folder_says_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert trained_on(name) is None


@pytest.mark.parametrize("manifest", [{}, {"trained_on": None}, [], "text"])
def test_a_manifest_may_not_say(tmp_path: Path, manifest: Any) -> None:
    assert trained_on(str(tmp_path)) is None
    (tmp_path / "negdata.manifest.json").write_text(json.dumps(manifest))
    assert trained_on(str(tmp_path)) is None


@pytest.mark.parametrize(
    "file", ["../trained_on.txt", "/etc/passwd", "sub/list.txt", "..", ".", "", r"sub\list.txt", "C:x", "a\nb", "a\0b"]
)
def test_the_list_lies_beside_the_manifest(tmp_path: Path, file: str) -> None:
    (tmp_path / "trained_on.txt").write_bytes(KEYS.lines())
    (tmp_path / "model" / "sub").mkdir(parents=True)
    (tmp_path / "model" / "sub" / "list.txt").write_bytes(KEYS.lines())
    with pytest.raises(NegdataError, match="no plain name"):
        trained_on(str(model(tmp_path / "model", file=file)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": "0" * 32}, "isn't the list"),
        ({"images": 4}, "lists 3 images"),
        ({"images": -1}, "trained_on.images"),
        ({"images": True}, "trained_on.images"),
        ({"images": "3"}, "trained_on.images"),
        ({"digest": None}, "trained_on.digest"),
        ({"file": 3}, "trained_on.file"),
        ({"more": 1}, "trained_on.more"),
        ({"file": "gone.txt"}, "doesn't exist"),
    ],
)
def test_a_manifest_that_is_wrong_is_told(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        trained_on(str(model(tmp_path, **changes)))
    assert said in refused.value.problem


@pytest.mark.parametrize("part", [[], "trained_on.txt", 3, {}])
def test_a_part_of_another_kind_is_told(tmp_path: Path, part: Any) -> None:
    (tmp_path / "negdata.manifest.json").write_text(json.dumps({"trained_on": part}))
    with pytest.raises(NegdataError, match="can't be understood: trained_on"):
        trained_on(str(tmp_path))


def test_a_changed_list_is_told(tmp_path: Path) -> None:
    folder = model(tmp_path)
    with (folder / "trained_on.txt").open("ab") as file:
        file.write(b"coco:7\n")
    with pytest.raises(NegdataError, match="isn't the list"):
        trained_on(str(folder))


@pytest.mark.parametrize("content", [b"coco:250196\nv7w_1.jpg\n", b"\xff\xfe\n", b"coco:1\n\ncoco:2\n"])
def test_a_list_of_something_else_is_told(tmp_path: Path, content: bytes) -> None:
    folder = model(tmp_path)
    (folder / "trained_on.txt").write_bytes(content)
    said = {"file": "trained_on.txt", "images": 2, "digest": file_digest(folder / "trained_on.txt")}
    (folder / "negdata.manifest.json").write_text(json.dumps({"trained_on": said}))
    with pytest.raises(NegdataError, match=r"Line \d of .*trained_on.txt is no image"):
        trained_on(str(folder))


@pytest.mark.parametrize("content", [b"", b"{", b'{"trained_on": ' + b"[" * 100_000, b"\xff"])
def test_a_broken_manifest_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "negdata.manifest.json").write_bytes(content)
    with pytest.raises(NegdataError, match="not valid JSON"):
        trained_on(str(tmp_path))


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "negdata.manifest.json")
    with pytest.raises(NegdataError, match="no plain file"):
        trained_on(str(tmp_path))
