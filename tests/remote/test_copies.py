"""A file from elsewhere is copied here once, is called by its address, and gives way when there is no room."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from negdata.caches import copy_cache
from negdata.errors import NegdataError
from negdata.remote import copies, place
from negdata.remote.copies import local_copy
from negdata.remote.errors import Missing
from tests.remote.s3 import S3
from tests.remote.web import serving


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))


def test_a_path_of_this_machine_is_itself(tmp_path: Path) -> None:
    assert local_copy(tmp_path) is tmp_path


def test_a_copy_reads_like_a_file_and_is_called_by_its_address(s3: S3) -> None:
    address = place(s3.put("d/x.jsonl", b"content"))
    copy = local_copy(address)
    assert copy.read_bytes() == b"content"
    assert copy.stat().st_size == 7
    assert copy.is_file()
    assert (str(copy), copy.name, copy.stem, copy.suffix) == ("s3://bucket/d/x.jsonl", "x.jsonl", "x", ".jsonl")
    assert copy == address == place(copy)
    assert local_copy(copy) is copy
    with pytest.raises(NegdataError, match="is a folder"):
        local_copy(place("s3://bucket/d"))
    with pytest.raises(Missing, match="s3://bucket/none doesn't exist"):
        local_copy(place("s3://bucket/none"))


def test_a_copy_that_is_current_is_not_fetched_again(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "x").write_bytes(b"one")
    with serving(folder) as web:
        address = place(f"{web.address}/x")
        assert [local_copy(address).read_bytes() for _ in range(3)] == [b"one"] * 3
        assert web.asked.count("GET /x") == 1
        (folder / "x").write_bytes(b"two")
        os.utime(folder / "x", (2_000_000_000, 2_000_000_000))
        assert local_copy(address).read_bytes() == b"two"


def test_an_object_that_changes_is_fetched_again(s3: S3) -> None:
    address = place(s3.put("x", b"one"))
    first = local_copy(address)
    s3.put("x", b"two")
    assert (first.read_bytes(), local_copy(address).read_bytes()) == (b"one", b"two")


def test_those_used_last_stay_within_the_room_there_is(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MOST_BYTES", 2_500)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as another:
        for name in "abc":
            s3.put(name, name.encode() * 1_000)
            another.submit(_copied, f"s3://bucket/{name}").result(60)
    assert len(_contents()) == 3  # of a process that had more room
    for at, folder in enumerate(sorted(copy_cache().glob("*/"), key=lambda one: _contents()[one.name])):
        os.utime(folder, (at, at))
    s3.put("d", b"d" * 1_000)
    local_copy(place("s3://bucket/d"))
    assert sorted(content[:1] for content in _contents().values()) == [b"c", b"d"]
    s3.put("e", b"e" * 2_000)
    local_copy(place("s3://bucket/e"))
    assert sorted(content[:1] for content in _contents().values()) == [b"d", b"e"]  # d is in use


def _copied(address: str) -> bytes:
    return local_copy(place(address)).read_bytes()


def _contents() -> dict[str, bytes]:
    return {file.parent.name: file.read_bytes() for file in copy_cache().glob("*/content")}


def test_it_is_fetched_by_one_of_many(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "x").write_bytes(os.urandom(3 << 20))
    with serving(folder) as web:
        addresses = [f"{web.address}/x"] * 8
        with (
            ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes,
            ThreadPoolExecutor(4) as threads,
        ):
            found = [*processes.map(_copied, addresses), *threads.map(_copied, addresses)]
        assert set(found) == {(folder / "x").read_bytes()}
        assert web.asked.count("GET /x") == 1
    assert list(copy_cache().glob("*/*.tmp")) == []
