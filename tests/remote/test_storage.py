"""A folder on S3 is storage as one of this machine is; a server that goes down in the middle is waited for."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.remote import patience, place
from negdata.storage import Storage, open_storage
from tests.remote.proxy import Door
from tests.remote.s3 import S3, asking_for_credentials, forget_connections
from tests.remote.web import serving


@pytest.fixture(params=["here", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "here":
        return open_storage(tmp_path / "a" / "folder")
    request.getfixturevalue("s3")
    return open_storage(place("s3://bucket/a/folder"))


def test_both_storages_do_the_same(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"line 1\nline 2\n")
    assert storage.names("") == storage.names("below") == []
    assert storage.read("x") is None
    storage.remove("x")
    storage.write("x", b"1")
    storage.write("x", b"")
    storage.put("below/y", file)
    storage.put("below/z", file)
    assert storage.read("x") == b""
    assert storage.read("below/y") == file.read_bytes()
    assert (storage.names(""), storage.names("below"), storage.names("below/y")) == (["x"], ["y", "z"], [])
    with storage.open("below/y") as lines:
        assert list(lines) == [b"line 1\n", b"line 2\n"]
    with pytest.raises(NegdataError, match=r"folder/none"), storage.open("none"):
        pass
    storage.remove("below/y")
    assert storage.names("below") == ["z"]


def test_a_large_file_is_sent_in_pieces_and_read_in_stretches(s3: S3, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 33
    (tmp_path / "large").write_bytes(content)
    storage = open_storage(place("s3://bucket/out"))
    storage.put("large", tmp_path / "large")
    assert s3.get("out/large") == content
    with storage.open("large") as file:
        assert b"".join(iter(lambda: file.read(1_000_003), b"")) == content
    assert s3.unfinished() == []


def test_many_threads_use_one_storage(s3: S3) -> None:
    storage = open_storage(place("s3://bucket/out"))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: storage.write(f"{number:03d}", str(number).encode()), range(64)))
        assert list(threads.map(lambda number: storage.read(f"{number:03d}"), range(64))) == [
            str(number).encode() for number in range(64)
        ]
    assert len(storage.names("")) == 64


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_use_one_storage(method: str, s3: S3) -> None:
    storage = open_storage(place("s3://bucket/out"))
    storage.write("0", b"parent")
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as processes:
        processes.submit(_write, storage).result(60)
    assert storage.read("1") == b"child"


def _write(storage: Storage) -> None:
    assert storage.read("0") == b"parent"
    storage.write("1", b"child")


def test_refusals_are_said_at_once(s3: S3, tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="no bucket"):
        open_storage(place("s3://nobucket/out")).write("x", b"1")
    with asking_for_credentials(s3), pytest.raises(NegdataError, match="AWS_SECRET_ACCESS_KEY"):
        open_storage(place("s3://bucket/out")).write("x", b"1")
    with serving(tmp_path) as web, pytest.raises(NegdataError, match="only read"):
        open_storage(place(f"{web.address}/out")).write("x", b"1")


@pytest.fixture
def door(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A door before the server, which the environment points to."""
    door = Door(int(s3.endpoint.rpartition(":")[2]))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{door.port}")
    forget_connections()
    yield door
    door.shut()


def test_a_server_that_is_restarted_is_waited_for(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "negdata")
    storage = open_storage(place("s3://bucket/out"))
    storage.write("x", b"1")
    door.shut()
    threading.Timer(2, door.open).start()
    began = time.monotonic()
    storage.write("y", b"2")
    assert time.monotonic() - began > 1.5
    assert (storage.read("x"), storage.read("y")) == (b"1", b"2")
    assert "asked again" in caplog.text


def test_an_upload_that_broke_off_is_made_again_and_leaves_no_pieces(door: Door, s3: S3, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 70
    (tmp_path / "large").write_bytes(content)
    storage = open_storage(place("s3://bucket/out"))
    storage.write("x", b"1")
    broken: list[int] = []

    def break_off() -> None:
        while door.passed < 20 << 20:
            time.sleep(0.005)
        broken.append(door.passed)
        door.shut()
        time.sleep(1.5)
        door.open()

    breaking = threading.Thread(target=break_off)
    breaking.start()
    storage.put("large", tmp_path / "large")
    breaking.join()
    assert broken[0] < len(content)
    assert s3.get("out/large") == content
    assert s3.unfinished() == []


def test_a_server_that_does_not_come_back_is_given_up(door: Door, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SECONDS", 3.0)
    storage = open_storage(place("s3://bucket/out"))
    storage.write("x", b"1")
    door.shut()
    began = time.monotonic()
    with pytest.raises(NegdataError, match=r"s3://bucket/out/y can't be reached: its server doesn't answer"):
        storage.write("y", b"2")
    assert 1 < time.monotonic() - began < 10
    assert s3.listed() == ["out/x"]
