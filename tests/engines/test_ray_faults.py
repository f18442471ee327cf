"""What a cluster loses is done over, once: workers, machines and the process that began the run are killed."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest

from tests.cli.command import negdata, started
from tests.engines.cluster import cluster, kill_one
from tests.engines.corpus import same_records, write_captions

pytest.importorskip("ray", reason="Ray isn't installed")
CAPTIONS = Path(__file__).parents[3] / "shared/data/coco/annotations/captions_val2017_all_text.json"


def progress(out: Path) -> int:
    """How many parts there are."""
    return len(list((out / "manifests").glob("*.json")))


def wait_for_parts(out: Path, count: int, seconds: float = 240) -> None:
    latest = time.monotonic() + seconds
    while progress(out) < count:
        assert time.monotonic() < latest, f"{progress(out)} parts, and {count} are waited for"
        time.sleep(0.05)


@pytest.mark.slow
def test_workers_a_node_and_the_driver_are_killed(tmp_path: Path) -> None:
    source = CAPTIONS if CAPTIONS.is_file() else write_captions(tmp_path / "captions.jsonl", 20_000)
    plain, out = tmp_path / "plain.jsonl", tmp_path / "out"
    chance = random.Random(7)
    negdata("caption", source, "-o", plain, folder=tmp_path, timeout=400)
    with cluster(2) as made:
        engine = ("--engine", "ray", "--workers", "2", "--ray-address", made.address)
        command = ("caption", source, "-o", out, *engine, "--quiet")
        run = started(*command, folder=tmp_path)
        wait_for_parts(out, 1)
        killed = 0
        while killed < 10:
            before = progress(out)
            killed += kill_one(chance)
            time.sleep(chance.uniform(0.5, 4))
            if killed == 3:
                made.remove_node(made.workers.pop(), allow_graceful=False)
                made.workers.append(made.add_node(num_cpus=1))
            if killed == 6:
                run.send_signal(signal.SIGKILL)
                run.communicate()
                run = started(*command, folder=tmp_path)
                wait_for_parts(out, before + 1)
        _, said = run.communicate(timeout=600)
        assert run.returncode == 0, said
    assert same_records(plain, out)
    manifest = json.loads((out / "manifest.json").read_bytes())
    counts = manifest["counts"]
    assert manifest["state"] == "finished"
    assert counts["in"] == counts["kept"] + counts["rejected"] + counts["failed"]
    assert counts == json.loads((tmp_path / "plain.manifest.json").read_bytes())["counts"]
