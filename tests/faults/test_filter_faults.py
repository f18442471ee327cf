"""``filter_captions`` against a server that fails as it is told to: nothing is lost, nothing is asked in vain."""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from negdata.filter import FilterSettings, filter_captions
from negdata.store import OutputPaths
from negdata.verify import VerifySettings
from tests.faults.server import ANSWER, Call, Fault, FaultServer
from tests.faults.test_faults import ONE_EACH

COUNT = 120


def present(text: str) -> str:
    """The answer follows from the question's number, and so does what is kept."""
    return json.dumps({"present": "yes" if "7" in text else "no"})


def settings(folder: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> FilterSettings:
    monkeypatch.setenv("NEGDATA_CACHE", str(folder / "cache"))
    Image.new("RGB", (8, 8), "red").save(folder / "a.png")
    with (folder / "in.jsonl").open("w") as file:
        for number in range(COUNT):
            clause = f"Number {number} is not red."
            row = {"id": f"n:{number}", "image": "a.png", "caption": clause, "negated_caption": clause}
            file.write(json.dumps(row | {"pipeline": "vqa", "question": f"Is number {number} red?"}) + "\n")
    seer = VerifySettings(verifiers=("openai=fault",), images=folder, base_url=server.url)
    return FilterSettings(folder / "in.jsonl", folder / "out.jsonl", seer, timeout=0.8, without=("duplicate",))


def check_files(folder: Path) -> None:
    paths = OutputPaths.of(folder / "out.jsonl")
    kept, rejected = (
        [json.loads(line) for line in path.read_bytes().splitlines()] for path in (paths.kept, paths.rejected)
    )
    assert {row["id"] for row in rejected} == {f"n:{number}" for number in range(COUNT) if "7" in str(number)}
    assert {row["id"] for row in kept} == {f"n:{number}" for number in range(COUNT) if "7" not in str(number)}
    assert len(kept) + len(rejected) == COUNT


def test_every_fault_at_once_is_got_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(11)
    faults = [fault for name, fault in ONE_EACH.items() if "stall" not in name]
    script = {f"Is number {number} red?": draw.choices(faults, k=draw.choice([0, 0, 1])) for number in range(COUNT)}

    def plan(call: Call) -> Fault:
        planned = script.get(call.text.removesuffix(" Answer yes or no."), [])
        return planned[call.nth] if call.nth < len(planned) else ANSWER

    with FaultServer(plan, answer=present) as server:
        summary = filter_captions(settings(tmp_path, server, monkeypatch))
        assert (summary.taken, summary.failed) == (COUNT, 0)
        assert server.most_in_flight <= 8
    check_files(tmp_path)


def test_a_server_that_dies_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(lambda _call: Fault(seconds=0.02), answer=present) as server:
        asked = settings(tmp_path, server, monkeypatch)

        def die_after_a_while() -> None:
            while len(server.calls) < 30:
                time.sleep(0.01)
            server.down_for(2.0)

        killer = threading.Thread(target=die_after_a_while)
        killer.start()
        summary = filter_captions(asked)
        killer.join()
        assert (summary.taken, summary.failed) == (COUNT, 0)
    check_files(tmp_path)


def test_what_failed_is_asked_again_by_the_next_run_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended: list[bool] = []

    def refuse_one(call: Call) -> Fault:
        return Fault("status", 400) if "number 5 " in call.text and not mended else ANSWER

    with FaultServer(refuse_one, answer=present) as server:
        asked = settings(tmp_path, server, monkeypatch)
        first = filter_captions(asked)
        assert (first.failed, first.reasons["refused"]) == (1, 1)
        before = len(server.calls)
        mended.append(True)
        second = filter_captions(asked)
        assert (second.failed, second.resumed) == (0, COUNT - 1)
        # A new run doesn't know yet that this server gives no probabilities, and asks for them once.
        assert [call.text for call in server.calls[before:]] == [
            "Is number 5 red? Answer yes or no.",
            "Is number 5 red?",
        ]
    check_files(tmp_path)
