"""A program that ends with its starter, and takes with it what it has started: real processes, really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from negdata.own_process import OwnProcess
from tests.busy import slack

# The program starts a process of its own, and says which one; neither would end by itself.
PROGRAM = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""
STARTER = """
import os, sys, time
from pathlib import Path
from negdata.own_process import OwnProcess
folder = Path(sys.argv[1])
made = OwnProcess(sys.argv[2:], environment=os.environ, log=folder / "log", folder=folder)
print(made._beside.pid, flush=True)
time.sleep(600)
"""


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    latest = time.monotonic() + seconds + slack()
    while not condition():
        assert time.monotonic() < latest, "it took too long"
        time.sleep(0.02)


def _grandchild(folder: Path) -> int:
    told = folder / "child"
    _until(lambda: told.exists() and told.read_text() != "")
    return int(told.read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "own"
    made.mkdir()
    return made


def _command(tmp_path: Path) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(tmp_path / "child")]


def test_stop_ends_the_program_and_what_it_started(tmp_path: Path, folder: Path) -> None:
    made = OwnProcess(_command(tmp_path), environment=os.environ, log=folder / "log", folder=folder)
    child = _grandchild(tmp_path)
    assert not made.has_ended
    made.stop()
    _until(lambda: not _is_there(child))
    assert made.has_ended
    assert folder.is_dir(), "the folder is its user's to remove"


@pytest.mark.parametrize("who", ["starter", "its children and starter"])
def test_nothing_is_left_when_the_starter_is_killed(tmp_path: Path, folder: Path, who: str) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), *_command(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    beside = int(starter.stdout.readline())
    child = _grandchild(tmp_path)
    if who != "starter":
        os.kill(beside, signal.SIGKILL)  # as Ray does with the children of a worker
    starter.kill()
    _until(lambda: not folder.exists())
    _until(lambda: not _is_there(child))
    starter.wait()


def test_a_program_that_ends_leaves_its_words(folder: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('it was not to be')"]
    made = OwnProcess(command, environment=os.environ, log=folder / "log", folder=folder)
    _until(lambda: made.has_ended)
    assert (folder / "log").read_text() == "it was not to be\n"
    made.stop()
