"""A backend of another package, found by its entry point; here one whose thread hangs in native code."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.busy import slack
from tests.cli.command import EXAMPLE, negdata, started

CODE = """
import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

from negdata.backends.base import Reply


class Elsewhere:
    name = "elsewhere"
    model = "m"
    cacheable = False

    def __init__(self, options):
        self.threads = ThreadPoolExecutor(2)

    async def ready(self):
        pass

    async def chat(self, request):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, self.answer, request)

    def answer(self, request):
        time.sleep(SECONDS)
        inputs = request.inputs
        caption = inputs["caption"].rstrip(".")
        return Reply(json.dumps({"caption": f"{caption}, with no {inputs['negated']} in sight."}))

    async def close(self):
        self.threads.shutdown(wait=False, cancel_futures=True)
"""
OPTIONS = ["-o", "out.jsonl", "--backend", "elsewhere", "--propose", "cooccurrence"]


def install(folder: Path, seconds: float) -> Path:
    """A package as pip would lay it out."""
    site = folder / "site"
    described = site / "elsewhere-1.0.dist-info"
    described.mkdir(parents=True)
    (site / "elsewhere.py").write_text(CODE.replace("SECONDS", str(seconds)))
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[negdata.backends]\nelsewhere = elsewhere:Elsewhere\n")
    return site


def test_another_packages_backend_writes_captions(tmp_path: Path) -> None:
    site = install(tmp_path, 0)
    negdata("caption", EXAMPLE, *OPTIONS, folder=tmp_path, PYTHONPATH=str(site))
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(records) == len(EXAMPLE.read_bytes().splitlines())
    assert {record["made_by"]["backend"] for record in records} == {"elsewhere"}


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_does_not_wait_for_a_thread_that_hangs(tmp_path: Path, presses: int) -> None:
    site = install(tmp_path, 60)
    process = started("caption", EXAMPLE, *OPTIONS, folder=tmp_path, PYTHONPATH=str(site))
    manifest = tmp_path / "out.manifest.json"
    while not manifest.exists():
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.5)
    pressed = time.monotonic()
    for _ in range(presses):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 5 + slack()
    assert process.returncode == 130
    assert "Interrupted" in errors
    assert json.loads(manifest.read_bytes())["state"] == "interrupted"
    assert not (tmp_path / "out.lock").exists()
