"""Runs against a server that fails in every way: nothing lost, nothing twice, no hang."""

from __future__ import annotations

import email.utils
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from negdata.errors import NegdataError, TooManyFailures
from negdata.limits import Limits
from negdata.progress import Progress, RunSummary
from negdata.replies import ReplyCache
from negdata.runner import run_stage
from negdata.store import OutputPaths, open_store
from tests.busy import slack
from tests.faults.client import ask_once, records, sdk_backend
from tests.faults.server import ANSWER, Call, Fault, FaultServer, answer_to

CONCURRENCY = 8
QUICK = Limits(concurrency=CONCURRENCY, timeout=1.0, first_wait=0.02)
"""No answer takes as long as the time-out, even on a busy machine: only a stall is asked again for it."""


def run(
    out: Path,
    server: FaultServer,
    count: int,
    limits: Limits = QUICK,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """A run over ``count`` records, without a cache; on its files the equation must hold, whatever happened."""
    try:
        with open_store(out, {"count": count}, command="test") as store:
            return run_stage(
                records(count),
                ask_once,
                backend=sdk_backend(server.url),
                store=store,
                limits=limits,
                on_progress=on_progress,
            )
    finally:
        ids = [json.loads(line)["id"] for path in OutputPaths.of(out).lines for line in path.read_bytes().splitlines()]
        assert max(Counter(ids).values(), default=1) == 1
        counts = json.loads(OutputPaths.of(out).manifest.read_bytes())["counts"]
        assert counts["in"] == counts["kept"] + counts["rejected"] + counts["failed"] == len(ids)
        assert server.most_in_flight <= limits.concurrency


def check_all_kept(out: Path, count: int) -> None:
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert {line["id"] for line in lines} == {f"n:{number}" for number in range(count)}
    for line in lines:
        assert line["negated_caption"] == json.loads(answer_to(line["caption"]))["caption"]


ONE_EACH = {
    "500": Fault("status", 500),
    "503 with Retry-After": Fault("status", 503, {"Retry-After": "0.05"}),
    "429 without Retry-After": Fault("status", 429),
    "429 with Retry-After: 0": Fault("status", 429, {"Retry-After": "0"}),
    "reset": Fault("reset"),
    "reset while it computes": Fault("reset", seconds=0.05),
    "close": Fault("close"),
    "stall": Fault("stall", seconds=5),
    "cut": Fault("cut"),
    "malformed": Fault("malformed"),
    "empty": Fault("empty"),
    "wrong-schema": Fault("wrong-schema"),
}


@pytest.mark.parametrize("name", ONE_EACH)
def test_a_fault_at_first_is_got_over(tmp_path: Path, name: str) -> None:
    def plan(call: Call) -> Fault:
        return ONE_EACH[name] if call.nth < 2 and call.text.endswith("3") else ANSWER

    began = time.monotonic()
    with FaultServer(plan) as server:
        summary = run(tmp_path / "out.jsonl", server, 60)
        assert summary.kept == summary.taken == 60
        assert len(server.calls) == 60 + 2 * 6
    check_all_kept(tmp_path / "out.jsonl", 60)
    assert time.monotonic() - began < 3 + slack() + (2 * QUICK.timeout if name == "stall" else 0)


def test_everything_at_once_is_got_over(tmp_path: Path) -> None:
    draw = random.Random(7)
    faults = [fault for name, fault in ONE_EACH.items() if name != "stall"] + [Fault("stall", seconds=2.5)]
    script = {f"caption {number}": draw.choices(faults, k=draw.choice([0, 0, 1, 2, 3])) for number in range(400)}

    def plan(call: Call) -> Fault:
        planned = script[call.text]
        return planned[call.nth] if call.nth < len(planned) else ANSWER

    with FaultServer(plan) as server:
        summary = run(tmp_path / "out.jsonl", server, 400)
        assert (summary.kept, summary.failed) == (400, 0)
        assert summary.requests == len(server.calls) == 400 + sum(map(len, script.values()))
    check_all_kept(tmp_path / "out.jsonl", 400)


@pytest.mark.parametrize("as_date", [False, True])
def test_a_429_pauses_everyone_for_as_long_as_it_says(tmp_path: Path, as_date: bool) -> None:
    seconds = 2 if as_date else 1
    refused_at: list[float] = []

    def plan(call: Call) -> Fault:
        if call.number != 30:
            return ANSWER
        refused_at.append(call.at)
        until = email.utils.formatdate(time.time() + seconds, usegmt=True) if as_date else str(seconds)
        return Fault("status", 429, {"Retry-After": until})

    reasons: set[str] = set()
    with FaultServer(plan) as server:
        summary = run(
            tmp_path / "out.jsonl", server, 100, on_progress=lambda at: reasons.add(at.waiting_reason or "none")
        )
        assert summary.kept == 100
        # A date is in whole seconds: up to one of them is cut off.
        quiet = [call for call in server.calls if 0.1 < call.at - refused_at[0] < seconds - (1 if as_date else 0.05)]
        assert quiet == []
        assert any(call.at > refused_at[0] + 0.9 for call in server.calls)
    assert any(reason.startswith("rate-limited, ") for reason in reasons)


def test_who_waits_holds_no_slot(tmp_path: Path) -> None:
    """One request is refused until all others are answered, for which the only slot has to be free."""

    def plan(call: Call) -> Fault:
        others = {seen.text for seen in server.calls} - {"caption 0"}
        return Fault("status", 503) if call.text == "caption 0" and len(others) < 49 else ANSWER

    with FaultServer(plan) as server:
        summary = run(tmp_path / "out.jsonl", server, 50, Limits(concurrency=1, first_wait=0.2))
        assert (summary.kept, summary.failed) == (50, 0)
        assert server.calls[-1].text == "caption 0"
        assert len({call.text for call in server.calls[:-1]}) == 50


def test_a_server_that_dies_is_waited_for(tmp_path: Path) -> None:
    """2 s of death by default, with waits in proportion; ``NEGDATA_SLOW_TESTS=1`` has 20 s and the default waits."""
    slow = bool(os.environ.get("NEGDATA_SLOW_TESTS"))
    limits = Limits(concurrency=CONCURRENCY) if slow else Limits(concurrency=CONCURRENCY, first_wait=0.05)
    died: list[float] = []

    def plan(call: Call) -> Fault:
        return Fault(seconds=0.005)

    def on_progress(progress: Progress) -> None:
        if progress.done > 100 and not died:
            died.append(time.monotonic())
            server.down_for(20 if slow else 2)

    with FaultServer(plan) as server:
        summary = run(tmp_path / "out.jsonl", server, 1500, limits, on_progress)
    assert died
    assert (summary.kept, summary.failed) == (1500, 0)
    check_all_kept(tmp_path / "out.jsonl", 1500)
    assert time.monotonic() - died[0] < (60 if slow else 8) + slack()


def test_a_server_that_is_gone_ends_the_run_soon(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    died: list[float] = []

    def on_progress(progress: Progress) -> None:
        if progress.done > 100 and not died:
            died.append(time.monotonic())
            server.down()

    with FaultServer(lambda _call: Fault(seconds=0.005)) as server:
        limits = Limits(concurrency=CONCURRENCY, first_wait=0.02, attempts=5, max_failures=0.5)
        with pytest.raises(TooManyFailures, match="no request succeeds any more"):
            run(out, server, 5000, limits, on_progress)
        # One request's patience (0.02 + 0.06 + 0.18 + 0.54 s and a quarter more) for all of them together: each for
        # itself, 16 at a time, they would take five minutes.
        assert time.monotonic() - died[0] < 2.5 + slack()
        assert out.read_bytes().count(b"\n") > 100
        server.up()
        assert run(out, server, 5000, QUICK).kept == 5000
    check_all_kept(out, 5000)


def test_a_stall_without_end_ends_with_the_deadlines(tmp_path: Path) -> None:
    began = time.monotonic()
    limits = Limits(concurrency=2, timeout=0.2, attempts=3, first_wait=0.02)
    with (
        FaultServer(lambda _call: Fault("stall", seconds=60)) as server,
        pytest.raises(TooManyFailures, match=r"no reply within 0\.2 s"),
    ):
        run(tmp_path / "out.jsonl", server, 500, limits)
    assert time.monotonic() - began < 4 + slack()


def test_a_429_without_end_exhausts_one_patience_not_one_a_record(tmp_path: Path) -> None:
    began = time.monotonic()
    limits = Limits(concurrency=2, patience=1.0, first_wait=0.02)
    with (
        FaultServer(lambda _call: Fault("status", 429)) as server,
        pytest.raises(TooManyFailures, match=r"rate-limited|no request succeeds any more"),
    ):
        run(tmp_path / "out.jsonl", server, 500, limits)
    assert time.monotonic() - began < 4 + slack()


def test_a_429_for_longer_than_the_patience_fails_at_once(tmp_path: Path) -> None:
    with FaultServer(lambda _call: Fault("status", 429, {"Retry-After": "3600"})) as server:
        summary = run(tmp_path / "out.jsonl", server, 3)
    assert (summary.failed, summary.errors) == (3, Counter({"rate-limited": 3}))


def test_a_refusal_fails_at_once_and_is_asked_again_by_the_next_run(tmp_path: Path) -> None:
    out, healed = tmp_path / "out.jsonl", False

    def plan(call: Call) -> Fault:
        return Fault("status", 400) if call.text == "caption 5" and not healed else ANSWER

    with FaultServer(plan) as server:
        summary = run(out, server, 20)
        assert (summary.kept, summary.failed, len(server.calls)) == (19, 1, 20)
        failed = json.loads(OutputPaths.of(out).failed.read_bytes())
        assert failed == {"id": "n:5", "caption": "caption 5", "error": "refused", "message": failed["message"]}
        assert failed["message"] == "the server answers 400: as told"
        healed = True
        summary = run(out, server, 20)
        assert (summary.kept, summary.failed, summary.resumed, len(server.calls)) == (20, 0, 19, 21)


def test_an_unusable_reply_is_drawn_again_with_other_seeds(tmp_path: Path) -> None:
    with FaultServer(lambda _call: Fault("wrong-schema")) as server:
        summary = run(tmp_path / "out.jsonl", server, 1, Limits(redraws=3))
        assert (summary.failed, summary.errors) == (1, Counter({"bad-reply": 1}))
        assert len({call.seed for call in server.calls}) == len(server.calls) == 4


def test_more_failures_than_the_budget_end_the_run(tmp_path: Path) -> None:
    def plan(call: Call) -> Fault:
        return Fault("status", 422) if call.text.endswith("7") else ANSWER

    with FaultServer(plan) as server:
        with pytest.raises(
            TooManyFailures, match=r"most often \(\d+ times\) refused: the server answers 422"
        ) as caught:
            run(tmp_path / "share.jsonl", server, 1000)
        assert isinstance(caught.value, NegdataError)
        # A tenth fail; they count from the hundredth record on.
        assert 100 <= len((tmp_path / "share.jsonl").read_bytes().splitlines()) + 10 < 130
        with pytest.raises(TooManyFailures):
            run(tmp_path / "number.jsonl", server, 1000, Limits(max_failures=3))
        assert len((tmp_path / "number.failed.jsonl").read_bytes().splitlines()) == 4
        assert run(tmp_path / "all.jsonl", server, 300, Limits(max_failures=1.0)).failed == 30


def test_stored_replies_need_no_server(tmp_path: Path) -> None:
    def once(name: str, cache: ReplyCache) -> RunSummary:
        with open_store(tmp_path / name, {}, command="test") as store:
            return run_stage(
                records(50), ask_once, backend=sdk_backend(server.url), store=store, limits=QUICK, cache=cache
            )

    with FaultServer(lambda call: ANSWER if call.nth else Fault("empty")) as server:
        with ReplyCache(tmp_path / "replies.sqlite") as cache:
            assert (once("first.jsonl", cache).requests, len(server.calls)) == (100, 100)
        server.down()
        with ReplyCache(tmp_path / "replies.sqlite") as cache:
            summary = once("second.jsonl", cache)
            assert (summary.kept, summary.requests, summary.cached) == (50, 0, 50)
    check_all_kept(tmp_path / "second.jsonl", 50)
