"""Starts processes that make features, and what they are asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from negdata.demo.scene import draw_scene
from tests.torchrun import torchrun_says

IMAGES = 80
GOOD = len({number % 70 for number in range(IMAGES) if number % 17 != 5})
"""Images of ``many_images`` that can be read, those that are there twice counted once."""


class Workers:
    """A process that has loaded the model, and forks others that make features."""

    def __init__(self, model: Path) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.train.feature_worker", str(model)],
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, answer: Path, **arguments: Any) -> int:
        """The number of a process that goes to work; ``answer`` is there once it is done."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        answer.unlink(missing_ok=True)
        self._parent.stdin.write(json.dumps({**arguments, "answer": str(answer)}, default=str) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def start_together(self, answers: Path, asked: Sequence[dict[str, Any]]) -> list[tuple[int, Path]]:
        """Processes that belong together, each with what it is asked, and where each answers."""
        started = []
        for rank, (arguments, torchrun) in enumerate(zip(asked, torchrun_says(len(asked)), strict=True)):
            answer = answers / f"answer-{rank}"
            started.append((self.start(answer, torchrun=torchrun, **arguments), answer))
        return started

    def close(self) -> None:
        self._parent.kill()
        self._parent.communicate()


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def ended(process: int, answer: Path) -> Any:
    """What a process answers."""
    latest = time.monotonic() + 60
    while is_there(process) and time.monotonic() < latest:
        time.sleep(0.005)
    return json.loads(answer.read_bytes())


def many_images(folder: Path) -> dict[str, Any]:
    """More scenes, with some that fail and some that are there twice; what a process is told of them."""
    folder.mkdir()
    names = [f"{number:03d}.png" for number in range(IMAGES)]
    for number, name in enumerate(names):
        draw_scene(number % 70).image().save(folder / name)
    for name in names[5::17]:
        (folder / name).write_bytes(b"broken")
    return {"images": folder, "names": names}
