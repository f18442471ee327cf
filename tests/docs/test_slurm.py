"""The script for Slurm does what it says where Slurm's variables are set."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import EXAMPLE, NEGDATA, ROOT, environment, negdata
from tests.cli.test_shards import SPARE, corpus
from tests.merging.made import all_lines

SCRIPT = ROOT / "docs" / "slurm" / "caption.sh"


def job(folder: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{NEGDATA.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(SCRIPT), *map(str, arguments)],
        cwd=folder,
        env=environment(folder, PATH=path, **variables),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_array_and_a_merge_are_one_run(tmp_path: Path) -> None:
    source = corpus(tmp_path / "in.jsonl", 60)
    for number in ("1", "3"):
        done = job(tmp_path, source, *SPARE, SLURM_ARRAY_TASK_ID=number, SLURM_ARRAY_TASK_COUNT="3")
        assert done.returncode == 0, done.stderr
    alone = job(tmp_path, source, *SPARE, SLURM_ARRAY_TASK_ID="2", SLURM_ARRAY_TASK_COUNT="1", SHARDS="3")
    assert alone.returncode == 0, alone.stderr
    files = sorted((tmp_path / "shards").glob("*.jsonl"))
    assert len(files) == 9
    negdata("merge", *files, "-o", "captions.jsonl", folder=tmp_path, code=1)
    negdata("caption", source, "-o", "whole.jsonl", *SPARE, folder=tmp_path, code=1)
    assert all_lines(tmp_path / "captions.jsonl") == all_lines(tmp_path / "whole.jsonl")
    assert all_lines(tmp_path / "whole.jsonl")[2], "a failed record fails no job"


@pytest.mark.parametrize("source", [EXAMPLE, "nowhere.json"])
def test_what_cannot_run_fails_the_job(tmp_path: Path, source: str | Path) -> None:
    number = "0" if source == EXAMPLE else "1"
    done = job(tmp_path, source, SLURM_ARRAY_TASK_ID=number, SLURM_ARRAY_TASK_COUNT="3")
    assert done.returncode == 1
    assert "0/3 is no shard" in done.stderr or "nowhere.json doesn't exist" in done.stderr
