"""Several processes train as one does: the batch spans them all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from negdata.errors import NegdataError
from negdata.processes import Processes, joined
from tests.clip.tiny import clip_folder
from tests.torchrun import torchrun_says
from tests.train.courses import course, recipe, trained

ROOT = Path(__file__).resolve().parents[1]


def test_the_losses_are_those_of_one_process(tmp_path: Path) -> None:
    size = 2
    made = course(tmp_path / "alone", recipe(epochs=3))
    _, lines = trained(made)
    wanted = [line["loss"] for line in lines if "loss" in line]
    for rank in range(size):
        clip_folder(tmp_path / str(rank) / "clip")
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size)]
    done = subprocess.run(
        [*run, "-m", "tests.train.process_worker", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(size)]
    for one in found:
        assert one["size"] == size
        assert one["losses"] == pytest.approx(wanted, abs=1e-5)
        assert one["losses"] == found[0]["losses"]
        assert one["weights"] == found[0]["weights"]
        assert one["validations"] == found[0]["validations"]


def test_shares_are_disjoint_and_complete() -> None:
    items = list(range(11))
    parts = [Processes(rank, 3).share(items) for rank in range(3)]
    assert sorted(item for part in parts for item in part) == items


def test_what_each_tells_reaches_those_that_it_is_for(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.process_group_worker", str(tmp_path / says["RANK"])],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)} | says,
        )
        for says in torchrun_says(3)
    ]
    assert [one.wait(120) for one in running] == [0, 0, 0]
    found = [json.loads((tmp_path / str(rank)).read_text()) for rank in range(3)]
    rows = torch.tensor([[-0.0, 0], [float("nan"), 1], [-0.0, 2], [-0.0, 3], [-0.0, 4]])
    for one in found:
        assert one["told"] == ["00ff", "", "00ff" * 3]
        assert one["all alike"] == 3
        assert one["rows"] == rows.numpy().tobytes().hex()
    assert [one["near"] for one in found] == [[0, 2, True, True], [0, 1, True, False], [1, 2, False, True]]
    assert [one["told near"] for one in found] == [["0", "2"], ["1"], ["0", "2"]]
    assert [one["first near"] for one in found] == [0, 1, 0]


def test_what_torchrun_says_must_be_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "two")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(NegdataError, match="can't meet"), joined():
        pass


def test_without_torchrun_there_is_one() -> None:
    with joined() as processes:
        assert (processes.rank, processes.size, processes.first) == (0, 1, True)
