"""Caches: where they are, how large, and whether they can be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from negdata.doctor import in_process, places
from negdata.doctor.diagnosis import Place
from negdata.doctor.packages import find_extras
from negdata.replies import ReplyCache


def _place(name: str) -> Place:
    return next(one for one in places.find_places() if one.name == name)


def test_what_isnt_there_yet_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "a" / "b"))
    found = _place("reply cache")
    assert (found.state, found.path, found.bytes) == ("absent", str(tmp_path / "a" / "b" / "replies.sqlite"), None)
    assert not (tmp_path / "a").exists()
    assert places.find_disk().path == str(tmp_path)


def test_sizes_are_those_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path))
    with ReplyCache():
        there = sum(path.stat().st_size for path in tmp_path.iterdir())
        assert _place("reply cache").bytes == there > 0
    tower = tmp_path / "features" / "0123"
    tower.mkdir(parents=True)
    (tower / "key.json").write_text("{}")
    (tower / "vectors.f32").write_bytes(b"0" * 500)
    features = _place("feature cache")
    assert (features.bytes, features.said) == (502, "of 1 vision tower")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cant_be_written_to_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    assert _place("reply cache").state == "broken"


def test_a_file_where_the_folder_should_be_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("")
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    found = _place("reply cache")
    assert (found.state, found.said) == ("broken", f"{tmp_path / 'cache'} is a file")


def test_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path))
    monkeypatch.setattr(places, "SCARCE", 1 << 62)
    disk = places.find_disk()
    assert disk.state == "broken"
    assert disk.mend is not None
    assert disk.mend.startswith("export NEGDATA_CACHE=")


TRAIN = next(one for one in find_extras() if one.name == "train")
GPU = {"name": "cuda:0", "title": "NVIDIA H200", "memory": 150 << 30, "free": 140 << 30, "dtype": "bfloat16"}
CPU = {"name": "cpu", "title": "2 threads", "dtype": "float32"}


def test_a_gpu_comes_first() -> None:
    found = in_process.find_devices(TRAIN, {"devices": [GPU, CPU], "cuda": "12.6"}, has_nvidia=True)
    assert [(one.name, one.dtype) for one in found] == [("cuda:0", "bfloat16"), ("cpu", "float32")]


def test_a_gpu_that_torch_cant_use_is_told() -> None:
    found = in_process.find_devices(TRAIN, {"devices": [CPU], "cuda": None}, has_nvidia=True)
    assert [(one.name, one.state) for one in found] == [("cuda", "broken"), ("cpu", "ok")]
    assert "built without CUDA" in found[0].said


def test_torch_that_is_missing_or_cant_be_loaded() -> None:
    (missing,) = in_process.find_devices(TRAIN, None, has_nvidia=False)
    (broken,) = in_process.find_devices(TRAIN, {"problem": "OSError: libcudart.so.12"}, has_nvidia=False)
    assert (missing.state, broken.state) == ("absent", "broken")
    assert broken.said == "OSError: libcudart.so.12"
    assert "--force-reinstall" in str(broken.mend)
