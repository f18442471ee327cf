"""Real processes, killed and interrupted: what they leave is whole, and the next one goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from negdata.replies import reply_key
from negdata.store import OutputPaths
from tests.busy import slack
from tests.faults.client import PlainBackend, request_about
from tests.faults.server import Fault, FaultServer

ROOT = Path(__file__).resolve().parents[2]


def worker(out: Path, count: int, *options: str) -> subprocess.Popen[str]:
    """A worker process, that has opened its output."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.worker", str(out), str(count), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_running(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("running"), process.communicate()[1]


@contextmanager
def server_process(log: Path) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.server", "--log", str(log), "--seconds", "0.003"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def lines(path: Path) -> Counter[str]:
    return Counter(path.read_text().splitlines())


def recorded(out: Path) -> int:
    """How many records an output's files have."""
    return sum(path.read_bytes().count(b"\n") for path in OutputPaths.of(out).lines if path.exists())


def stored_replies(path: Path) -> set[str]:
    if not path.exists():
        return set()
    database = sqlite3.connect(path)
    try:
        return {row[0].hex() for row in database.execute("SELECT key FROM replies")}
    except sqlite3.OperationalError:  # killed before it made the table
        return set()
    finally:
        database.close()


@pytest.mark.parametrize(
    ("served", "kills"),
    [
        pytest.param(True, 10, id="server"),
        pytest.param(True, 30, id="server-thirty", marks=pytest.mark.slow),
        pytest.param(False, 30, id="no-server-thirty", marks=pytest.mark.slow),
    ],
)
def test_kills_leave_what_an_uninterrupted_run_leaves(tmp_path: Path, served: bool, kills: int) -> None:
    count = 2_000
    draw = random.Random(11)
    log = tmp_path / "log"
    log.touch()
    killed_running = 0
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    out = tmp_path / "killed" / "out.jsonl"
    seen_before_kill: list[tuple[int, set[str]]] = []
    with server_process(log) as port:
        options = ["--server", str(port)] if served else []
        assert worker(tmp_path / "whole" / "out.jsonl", count, *options).wait(60) == 0
        log.write_text("")
        for kill in range(kills):
            pieces = ["--torn-writes"] if kill % 2 else []
            process = worker(out, count, "--seconds", "0.01", *options, *pieces)
            if kill % 5:
                wait_until_running(process)
                time.sleep(draw.uniform(0, 0.08))
            else:
                time.sleep(draw.uniform(0.1, 0.6))  # while it starts, or reads what is done
            killed_running += process.poll() is None
            process.kill()
            process.communicate()
            seen_before_kill.append((len(log.read_text().splitlines()), stored_replies(out.parent / "replies.sqlite")))
        assert worker(out, count, *options).wait(60) == 0
    assert killed_running >= kills - 2, "the run was over too soon for the test to mean anything"
    whole, left = OutputPaths.of(tmp_path / "whole" / "out.jsonl"), OutputPaths.of(out)
    assert lines(left.kept) == lines(whole.kept)
    assert lines(left.rejected) == lines(whole.rejected)
    assert max(lines(left.kept).values()) == 1
    assert left.failed.read_bytes() == b""
    assert not left.lock.exists()
    assert not list(out.parent.glob("*.tmp"))
    manifest = json.loads(left.manifest.read_bytes())
    assert manifest["state"] == "finished"
    assert manifest["counts"]["in"] == count
    if served:
        asked = log.read_text().splitlines()
        assert count <= len(asked) < count + kills * 8
        url = f"http://127.0.0.1:{port}/v1"
        client = PlainBackend(url)
        keys = {text: reply_key(request_about(text), client.name, client.model, url) for text in asked}
        assert any(stored for _, stored in seen_before_kill)
        for position, stored in seen_before_kill:
            assert not [text for text in asked[position:] if keys[text] in stored]


@pytest.mark.parametrize(
    ("signals", "options", "seconds"),
    [
        ([signal.SIGINT], [], 4.9),
        ([signal.SIGTERM], [], 4.9),
        ([signal.SIGINT, signal.SIGINT], [], 2.0),
        ([signal.SIGINT], ["--block-thread", "60"], 4.9),
    ],
    ids=["ctrl-c", "sigterm", "twice", "blocked-thread"],
)
def test_an_interrupt_ends_a_stalled_run_within_seconds(
    tmp_path: Path, signals: list[signal.Signals], options: list[str], seconds: float
) -> None:
    out = tmp_path / "out.jsonl"
    stalled = True

    with FaultServer(lambda call: Fault(seconds=60 if stalled and call.number >= 20 else 0)) as server:
        process = worker(out, 200, "--server", str(server.port), *options)
        wait_until_running(process)
        done = 0 if options else 20
        while recorded(out) < done and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.3)  # those that stall are under way
        began = time.monotonic()
        for number in signals:
            os.kill(process.pid, number)
            time.sleep(0.2)
        _, errors = process.communicate(timeout=20)
        assert time.monotonic() - began < seconds + slack()
        assert process.returncode == 130, errors
        assert errors.startswith("Interrupted: ")
        assert "Traceback" not in errors
        manifest = json.loads(OutputPaths.of(out).manifest.read_bytes())
        assert manifest["state"] == "interrupted"
        assert manifest["counts"]["in"] == done
        assert not OutputPaths.of(out).lock.exists()
        stalled = False
        assert worker(out, 200, "--server", str(server.port)).wait(60) == 0
    assert recorded(out) == 200


def test_an_interrupt_lets_what_is_in_flight_finish(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with FaultServer(lambda _call: Fault(seconds=0.8)) as server:
        process = worker(out, 200, "--server", str(server.port))
        wait_until_running(process)
        while len(server.calls) < 8 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert len(server.calls) == 8
    assert recorded(out) == 8
