"""The reply cache: what shapes a reply is in its key, and no trouble with the file fails a run."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from negdata.backends.base import Message, Reply, Request, Sampling
from negdata.replies import ReplyCache, default_cache_path, reply_key

REQUEST = Request(
    task="rewrite",
    prompt="rewrite@000000",
    inputs={"caption": "A dog.", "negated": "cat"},
    messages=(Message("system", "Rewrite."), Message("user", "A dog. / cat")),
    schema={"type": "object", "properties": {"caption": {"type": "string"}}},
    sampling=Sampling(),
    seed=0,
    images=(b"jpeg",),
)
REPLY = Reply('{"caption": "A dog, no cat: \u2028 犬"}', 12, 7)


def key(request: Request = REQUEST, backend: str = "openai", model: str = "m", base_url: str | None = None) -> str:
    return reply_key(request, backend, model, base_url)


def test_everything_that_shapes_a_reply_is_in_its_key() -> None:
    others = [
        key(replace(REQUEST, task="propose")),
        key(replace(REQUEST, prompt="rewrite@000001")),
        key(replace(REQUEST, inputs={"caption": "A dog.", "negated": "car"})),
        key(replace(REQUEST, messages=(Message("user", "Rewrite."), Message("user", "A dog. / cat")))),
        key(replace(REQUEST, messages=(Message("system", "Rewrite.A dog. / cat"),))),
        key(replace(REQUEST, schema=None)),
        key(replace(REQUEST, sampling=Sampling(temperature=0.0))),
        key(replace(REQUEST, sampling=Sampling(top_p=1.0))),
        key(replace(REQUEST, sampling=Sampling(max_tokens=1))),
        key(replace(REQUEST, seed=1)),
        key(replace(REQUEST, images=())),
        key(replace(REQUEST, images=(b"jpe", b"g"))),
        key(replace(REQUEST, choices=("yes", "no"))),
        key(backend="ollama"),
        key(model="n"),
        key(base_url="http://localhost:1/v1"),
    ]
    assert len({key(), *others}) == len(others) + 1
    reordered: dict[str, JsonValue] = {"properties": {"caption": {"type": "string"}}, "type": "object"}
    assert key(replace(REQUEST, schema=reordered)) == key()


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "folder" / "replies.sqlite") as cache:
        assert cache.get(key()) is None
        cache.put(key(), REPLY)
        assert cache.get(key()) == REPLY
        cache.put(key(), replace(REPLY, text=""))
    with ReplyCache(tmp_path / "folder" / "replies.sqlite") as cache:
        assert cache.get(key()) == replace(REPLY, text="")
        assert cache.notes == []


def test_probabilities_come_back_as_they_were(tmp_path: Path) -> None:
    reply = Reply("yes", 300, 1, (0.9375, 1e-9))
    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        cache.put(key(), reply)
    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        assert cache.get(key()) == reply


def test_a_cache_of_the_time_before_probabilities_is_read_and_widened(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE replies (key BLOB PRIMARY KEY, text TEXT NOT NULL, prompt_tokens INTEGER NOT NULL, "
            "completion_tokens INTEGER NOT NULL, stored INTEGER NOT NULL) WITHOUT ROWID"
        )
        database.execute("INSERT INTO replies VALUES (?, 'no', 3, 1, 0)", (bytes.fromhex(key()),))
    database.close()
    with ReplyCache(path) as cache:
        assert cache.get(key()) == Reply("no", 3, 1)
        cache.put(key(model="n"), Reply("no", masses=(0.25, 0.5)))
        assert cache.get(key(model="n")) == Reply("no", masses=(0.25, 0.5))
        assert cache.notes == []


def test_the_environment_moves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path))
    assert default_cache_path() == tmp_path / "replies.sqlite"
    monkeypatch.delenv("NEGDATA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_path().name == "replies.sqlite"
    assert default_cache_path().parent.name == "negdata"


PUT_AND_DIE = """
import os, sys
from pathlib import Path
from negdata.backends.base import Reply
from negdata.replies import ReplyCache
cache = ReplyCache(Path(sys.argv[1]))
for number in range(500):
    cache.put(f"{number:040x}", Reply(str(number)))
os.kill(os.getpid(), 9)
"""


def test_a_killed_process_has_stored_all_that_it_put(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    process = subprocess.run([sys.executable, "-c", PUT_AND_DIE, str(path)], check=False)
    assert process.returncode == -9
    with ReplyCache(path) as cache:
        assert [cache.get(f"{number:040x}") for number in range(500)] == [Reply(str(number)) for number in range(500)]


PUT = """
import sys
from pathlib import Path
from negdata.backends.base import Reply
from negdata.replies import ReplyCache
with ReplyCache(Path(sys.argv[1])) as cache:
    for number in range(int(sys.argv[2]), 4000, 2):
        cache.put(f"{number:040x}", Reply(str(number)))
    sys.exit(len(cache.notes))
"""


def test_two_processes_share_it(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    processes = [subprocess.Popen([sys.executable, "-c", PUT, str(path), str(start)]) for start in (0, 1)]
    assert [process.wait(60) for process in processes] == [0, 0]
    with ReplyCache(path) as cache:
        missing = [number for number in range(4000) if cache.get(f"{number:040x}") != Reply(str(number))]
    assert missing == []


@pytest.mark.parametrize("damage", ["not a database", "header", "pages"])
def test_a_corrupt_file_is_moved_aside_and_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "replies.sqlite"
    said: list[str] = []
    with ReplyCache(path) as cache:
        for number in range(2000):
            cache.put(f"{number:040x}", REPLY)
    if damage == "not a database":
        path.write_bytes(b"precious " * 1000)
    else:
        with path.open("r+b") as file:
            start = 0 if damage == "header" else 4096
            file.seek(start)
            file.write(os.urandom(64 if damage == "header" else path.stat().st_size - start))
    with ReplyCache(path, said.append) as cache:
        for number in range(2000):
            cache.get(f"{number:040x}")
        cache.put(key(), REPLY)
        assert cache.get(key()) == REPLY
        assert cache.notes == said
    assert len(said) == 1
    assert "was corrupt" in said[0]
    assert len(list(tmp_path.glob("replies.sqlite.corrupt-*"))) == 1
    with ReplyCache(path) as cache:
        assert cache.get(key()) == REPLY


def test_a_full_disk_ends_storing_and_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with ReplyCache(path) as cache:
        cache.put(key(), REPLY)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
        try:
            for number in range(3000):
                cache.put(f"{number:040x}", REPLY)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert len(cache.notes) == 1
        assert str(path) in cache.notes[0]
    with ReplyCache(path) as cache:
        assert cache.get(key()) == REPLY
        assert cache.notes == []


def test_a_path_that_cannot_be_made_leaves_the_run_without_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "replies.sqlite", tmp_path):
        with ReplyCache(path) as cache:
            cache.put(key(), REPLY)
            assert cache.get(key()) is None
            assert len(cache.notes) == 1
            assert cache.notes[0].startswith("Going on without the reply cache")


def test_a_file_of_another_layout_leaves_the_run_without_it(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE replies (key TEXT, other TEXT)")
    database.close()
    with ReplyCache(path) as cache:
        cache.put(key(), REPLY)
        assert cache.get(key()) is None
        assert len(cache.notes) == 1


def test_a_reply_is_stored_in_microseconds(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        best = min(_seconds_to_put(cache, start) for start in range(0, 5000, 500))
    # 20 microseconds where this was written; a flush for each would take a hundred times as long.
    assert best / 500 < 200e-6


def _seconds_to_put(cache: ReplyCache, start: int) -> float:
    began = time.perf_counter()
    for number in range(start, start + 500):
        cache.put(f"{number:040x}", REPLY)
    return time.perf_counter() - began
