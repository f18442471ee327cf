"""What ships with negdata is found in a checkout and in an installed wheel alike."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from negdata.shipped import Kind, shipped
from tests.cli.command import EXAMPLE, ROOT


@pytest.mark.parametrize("kind", ["prompts", "benchmark", "train"])
def test_a_checkout_has_its_own_folders(kind: Kind) -> None:
    assert shipped(kind) == ROOT / kind
    assert shipped(kind).is_dir()


def test_a_wheel_carries_them(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    for kind in ("prompts", "benchmark", "train"):
        there = {path.name for path in (installed / "negdata" / "_shipped" / kind).iterdir()}
        assert there == {path.name for path in (ROOT / kind).iterdir() if path.name != "__pycache__"}
    assert (installed / "negdata" / "clip" / "bpe_simple_vocab_16e6.txt.gz").is_file()
    run = [sys.executable, "-m", "negdata.cli"]
    environment = os.environ | {"PYTHONPATH": str(installed)}
    where = subprocess.run(
        [sys.executable, "-c", "import negdata; print(negdata.__file__)"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(installed) in where.stdout
    for command in (["prompts", "validate"], ["caption", str(EXAMPLE), "-o", "out.jsonl"]):
        done = subprocess.run([*run, *command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) > 25
