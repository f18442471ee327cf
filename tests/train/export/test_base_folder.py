"""A downloaded folder holds what its maker wished: links out of it are refused, the hub's own are followed."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.train.export.base_folder import BaseFolder
from tests.train.export.listing import content


def made(folder: Path) -> Path:
    (folder / "part").mkdir(parents=True)
    (folder / "model_index.json").write_text("{}")
    (folder / "part" / "weights").write_bytes(b"numbers")
    return folder


def copied(base: Path, to: Path, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    to.mkdir()
    BaseFolder(base).copy(to, without=without)
    assert not [path for path in to.rglob("*") if path.is_symlink()]
    return content(to)


def refusal(base: Path) -> str:
    with pytest.raises(NegdataError) as caught:
        BaseFolder(base)
    return str(caught.value)


def test_a_copy_is_the_same_but_for_what_is_left_out(tmp_path: Path) -> None:
    base = made(tmp_path / "base")
    for tool in (".git", ".cache"):
        (base / tool).mkdir()
        (base / tool / "config").write_text("of a tool")
    found = copied(base, tmp_path / "to", without=("part/weights",))
    assert found == {"model_index.json": b"{}"}
    assert BaseFolder(base).left_out == [".cache", ".git"]
    assert copied(base, tmp_path / "all") == {"model_index.json": b"{}", "part/weights": b"numbers"}


def test_links_to_files_inside_are_copied_as_files(tmp_path: Path) -> None:
    base = made(tmp_path / "base")
    (base / "again").symlink_to("part/weights")
    assert copied(base, tmp_path / "to")["again"] == b"numbers"
    (tmp_path / "link").symlink_to(base)
    assert copied(tmp_path / "link", tmp_path / "other")["again"] == b"numbers"


def test_the_hubs_cache_is_followed_into_its_blobs(tmp_path: Path) -> None:
    repository = tmp_path / "models--org--name"
    base = made(repository / "snapshots" / "0123abcd")
    (repository / "blobs").mkdir()
    for name in ("model_index.json", "part/weights"):
        blob = repository / "blobs" / name.replace("/", "-")
        shutil.move(base / name, blob)
        (base / name).symlink_to(os.path.relpath(blob, (base / name).parent))
    assert copied(base, tmp_path / "to") == {"model_index.json": b"{}", "part/weights": b"numbers"}
    (base / "ref").symlink_to("../../refs")
    (repository / "refs").write_text("main")
    assert "ref in the base" in refusal(base)
    assert "is a link out of the folder" in refusal(base)


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "part/../../secret", "../base-other/secret"])
def test_links_out_are_refused(target: str, tmp_path: Path) -> None:
    base = made(tmp_path / "base")
    (tmp_path / "secret").write_text("key")
    (tmp_path / "base-other").mkdir()
    (tmp_path / "base-other" / "secret").write_text("key")
    (base / "part" / "config.json").symlink_to(tmp_path / "base" / target)
    assert "part/config.json in the base" in refusal(base)
    assert "is a link out of the folder" in refusal(base)


def test_blobs_count_in_the_hubs_cache_alone(tmp_path: Path) -> None:
    base = made(tmp_path / "a" / "b" / "base")
    (tmp_path / "a" / "blobs").mkdir()
    (tmp_path / "a" / "blobs" / "secret").write_text("key")
    (base / "config.json").symlink_to(tmp_path / "a" / "blobs" / "secret")
    assert "is a link out of the folder" in refusal(base)


def test_circles_folders_and_what_is_no_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = made(tmp_path / "circle")
    (base / "self").symlink_to("self")
    assert "leads nowhere" in refusal(base)
    base = made(tmp_path / "folder")
    (base / "part" / "up").symlink_to("..")
    assert "to something else than a file" in refusal(base)
    base = made(tmp_path / "pipe")
    os.mkfifo(base / "pipe")
    assert "is neither a file nor a folder" in refusal(base)
    base = made(tmp_path / "socket")
    monkeypatch.chdir(base)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert "is neither a file nor a folder" in refusal(base)
    deep = made(tmp_path / "deep")
    (deep / "/".join(["d"] * 14)).mkdir(parents=True)
    assert "folders deep" in refusal(deep)


def test_a_json_file_is_read_up_to_a_size(tmp_path: Path) -> None:
    base = made(tmp_path / "base")
    with (base / "large.json").open("wb") as file:
        file.truncate(1 << 30)
    folder = BaseFolder(base)
    assert folder.json("model_index.json") == {}
    for name, words in (("large.json", "more than"), ("no.json", "has no no.json"), ("part/weights", "can't be read")):
        with pytest.raises(NegdataError, match=words):
            folder.json(name)
