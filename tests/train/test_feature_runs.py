"""Processes that make the same features: killed at any moment, or two at once."""

from __future__ import annotations

import contextlib
import math
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.locks import OutputLock
from negdata.train import feature_shelf as module
from tests.train.feature_worker import BATCH
from tests.train.feature_workers import GOOD, Workers, ended, is_there
from tests.train.watched import IMAGES, NAMES, Watched, files, the_folder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

KILLS = 10


def blocks(cache: Path) -> float:
    """How many blocks of vectors are written."""
    return sum(path.stat().st_size for path in cache.glob("*/vectors.f32")) / (4 * 32 * BATCH)


def wait_until_longer(process: int, cache: Path, than: float) -> None:
    while is_there(process) and blocks(cache) <= than:
        time.sleep(0.001)


def test_ten_kills_leave_what_an_uninterrupted_run_leaves(
    workers: Workers, many: dict[str, Any], tmp_path: Path
) -> None:
    answer, cache = tmp_path / "answer", tmp_path / "killed"
    process = workers.start(answer, **many, cache=tmp_path / "whole", seconds=0)
    assert ended(process, answer)["made"] == [math.ceil(GOOD / BATCH), 0]
    draw = random.Random(5)
    sizes, made = set(), 0.0
    killed_running = 0
    for kill in range(KILLS):
        process = workers.start(answer, **many, cache=cache, seconds=0.02)
        if kill % 4:
            wait_until_longer(process, cache, made + draw.randint(0, 2))
        time.sleep(draw.uniform(0, 0.03))
        killed_running += is_there(process)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        while is_there(process):
            time.sleep(0.001)
        made = blocks(cache)
        sizes.add(sum(map(len, files(cache).values())))
    assert killed_running >= KILLS - 3, "it was over too soon for the test to mean anything"
    assert len(sizes) > 5
    assert 3 < made < GOOD / BATCH
    process = workers.start(answer, **many, cache=cache, seconds=0)
    assert ended(process, answer)["made"][1] >= BATCH * math.floor(made)
    assert files(cache) == files(tmp_path / "whole")


def test_two_at_once_encode_everything_once(workers: Workers, many: dict[str, Any], tmp_path: Path) -> None:
    answers = [tmp_path / "one", tmp_path / "other"]
    both = [workers.start(answer, **many, cache=tmp_path / "cache", seconds=0.01) for answer in answers]
    told = [ended(process, answer) for process, answer in zip(both, answers, strict=True)]
    assert sum(one["made"][0] for one in told) == math.ceil(GOOD / BATCH)
    assert not (the_folder(tmp_path / "cache") / "lock").exists()


def test_the_wait_for_another_process_is_told_of(
    model: Path, images: Path, whole: tuple[Path, Any], tmp_path: Path
) -> None:
    watched = Watched(model)
    watched.features(images, NAMES[:1], tmp_path)
    folder = the_folder(tmp_path)
    lock = OutputLock(folder / "lock", folder, "negdata finetune")
    found: list[Any] = []
    waiting = threading.Thread(target=lambda: found.append(watched.features(images, NAMES, tmp_path)))
    waiting.start()
    latest = time.monotonic() + 20
    while not any(one.waiting_reason for one in watched.progress) and time.monotonic() < latest:
        time.sleep(0.01)
    reasons = [one.waiting_reason for one in watched.progress if one.waiting_reason]
    assert "negdata finetune" in reasons[0]
    lock.release()
    waiting.join(20)
    assert torch.allclose(found[0].of(NAMES), whole[1], atol=1e-6)
    assert watched.encoded == IMAGES - 1


def test_a_wait_ends_at_last(shared: Watched, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.3)
    shared.features(images, NAMES[:1], tmp_path)
    folder = the_folder(tmp_path)
    lock = OutputLock(folder / "lock", folder, "negdata finetune")
    try:
        with pytest.raises(NegdataError, match=r"is being written by process .*negdata finetune") as caught:
            shared.features(images, NAMES, tmp_path)
    finally:
        lock.release()
    assert caught.value.remedy == "Wait for it to end, or stop it, and run again."
