"""``--engine ray``: the same records, one budget for all workers, and errors that say what is wrong."""

from __future__ import annotations

import http.server
import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from negdata.engines import ray_cluster
from negdata.engines.dataset import run_in_parts
from negdata.engines.ray_cluster import connected
from negdata.errors import NegdataError, TooManyFailures
from negdata.parts import Parts
from tests.busy import slack
from tests.cli.command import negdata, refused, started
from tests.engines.cluster import block_workers, kill_one
from tests.engines.corpus import same_records, write_captions
from tests.engines.slow_job import SlowJob, run_of, until

ray = pytest.importorskip("ray", reason="Ray isn't installed")


def test_two_workers_write_what_this_process_writes(tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 240, bad=2)
    rows = ("caption", "captions.jsonl", "--bad-rows", "fail", "--max-failures", "1")
    negdata(*rows, "-o", "one.jsonl", folder=tmp_path, code=1)
    said = negdata(*rows, "-o", "two.jsonl", "--engine", "ray", "--workers", "2", folder=tmp_path, code=1, timeout=120)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "two.jsonl")
    assert same_records(tmp_path / "one.jsonl", tmp_path / "two.parts")
    assert "ray" not in said.stderr.lower(), "what Ray has to say is for its developers"


def test_a_killed_worker_is_replaced_and_a_spent_budget_stops_all(tmp_path: Path) -> None:
    chance = random.Random(1)
    with connected(None, 2):
        with pytest.raises(NegdataError, match="5 workers need 5 cores, and the Ray cluster has 2"):
            run_in_parts(run_of(tmp_path / "none", ["a"], engine="ray", workers=5))

        good = run_of(tmp_path / "good", [f"r{number}" for number in range(400)], engine="ray", workers=2)
        killing = threading.Thread(target=lambda: until(lambda: bool(block_workers()) and kill_one(chance)))
        killing.start()
        summary = run_in_parts(good)
        killing.join()
        assert (summary.taken, summary.kept) == (400, 400)
        kept = [record["id"] for record in Parts(tmp_path / "good").records("kept")]
        assert sorted(kept) == sorted(f"r{number}" for number in range(400))

        ids = [f"{'f' if number % 10 == 0 else 'r'}{number}" for number in range(1_000)]
        bad = run_of(tmp_path / "bad", ids, job=SlowJob(0.05), engine="ray", workers=2)
        with pytest.raises(TooManyFailures, match=r"most often \(.* times\) failed: it is to fail"):
            run_in_parts(bad)
        parts = Parts(tmp_path / "bad").committed()
        assert sum(part.counts.accounted for part in parts.values()) < 900, "the other blocks are left"


@pytest.mark.slow
def test_ctrl_c_ends_a_run_in_order_and_it_can_be_gone_on_with(tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 1_500)
    command = ("caption", "captions.jsonl", "-o", "out", "--engine", "ray", "--workers", "2")
    run = started(*command, folder=tmp_path)
    manifests = tmp_path / "out" / "manifests"
    until(lambda: manifests.is_dir() and any(manifests.iterdir()))
    run.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    assert time.monotonic() - began < 15 + 2 * slack()
    assert "Run the same command again to go on." in said
    assert Parts(tmp_path / "out").manifest().state == "interrupted"  # type: ignore[union-attr]
    negdata(*command, folder=tmp_path, timeout=180)
    negdata("caption", "captions.jsonl", "-o", "one.jsonl", folder=tmp_path)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "out")


class _Silent(http.server.BaseHTTPRequestHandler):
    """Takes connections and answers nothing that Ray understands."""


@pytest.mark.parametrize("kind", ["nobody", "no-ray", "no-host", "no-port", "client"])
def test_an_address_that_is_no_clusters_is_told_soon(kind: str, tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 10)
    with socket.socket() as unused, http.server.HTTPServer(("127.0.0.1", 0), _Silent) as server:
        unused.bind(("127.0.0.1", 0))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address, said = {
            "nobody": (f"127.0.0.1:{unused.getsockname()[1]}", "No Ray answers at 127.0.0.1:"),
            "no-ray": (f"127.0.0.1:{server.server_port}", "doesn't answer as a Ray cluster's head"),
            "no-host": ("no.such.host.invalid:6379", "No Ray answers at no.such.host.invalid:6379"),
            "no-port": ("127.0.0.1", "isn't HOST:PORT"),
            "client": ("ray://127.0.0.1:10001", "isn't HOST:PORT"),
        }[kind]
        began = time.monotonic()
        assert said in refused(
            "caption", "captions.jsonl", "-o", "out", "--engine", "ray", "--ray-address", address, folder=tmp_path
        )
        assert time.monotonic() - began < 15 + slack()
        server.shutdown()


@pytest.mark.parametrize(
    ("found", "said"),
    [("raise OSError('status: 404')", r"is no Ray cluster's head \(OSError: status: 404\)"), ("exit(1)", "isn't well")],
    ids=["another-service", "unwell"],
)
def test_what_rays_own_check_finds_is_told(found: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs in a process of its own; here one that finds what a proxy or a broken head has it find."""
    monkeypatch.setattr(ray_cluster, "_HEALTH", found)
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(NegdataError, match=said):
        ray_cluster._check_answers(f"127.0.0.1:{listening.getsockname()[1]}")


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 10)
    of = ("caption", "captions.jsonl", "-o", "out")
    assert "--workers is given, and the engine is local" in refused(*of, "--workers", "2", folder=tmp_path)
    assert "no engine named 'spark'" in refused(*of, "--engine", "spark", folder=tmp_path)
    assert "--workers is 0" in refused(*of, "--engine", "ray", "--workers", "0", folder=tmp_path)
