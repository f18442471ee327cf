"""The runner, in this process: what it does with stages, items and backends that misbehave, and how it paces."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from negdata.backends.base import Declined, Reply, Request, Unavailable
from negdata.errors import Interrupted, NegdataError, TooManyFailures
from negdata.limits import Limits
from negdata.progress import Progress, RunSummary
from negdata.records import CaptionRecord, Failed, FailedCaption, Kept, Outcome, Rejected, RejectedCaption
from negdata.replies import ReplyCache
from negdata.runner import Ask, Driven, run_stage
from negdata.store import OutputPaths, open_store
from tests.faults.client import ask_once, parse_caption, records, request_about

QUICK = Limits(first_wait=0.01, timeout=5)


@dataclass
class LocalBackend:
    """Answers in this process, by ``answer``."""

    answer: Callable[[Request], Awaitable[Reply]] | None = None
    name: str = "local"
    model: str = "m"
    cacheable: bool = True
    sent: list[tuple[float, str]] = field(default_factory=list)
    closed: int = 0
    made_ready: int = 0

    async def ready(self) -> None:
        self.made_ready += 1

    async def chat(self, request: Request) -> Reply:
        self.sent.append((time.monotonic(), request.messages[-1].content))
        if self.answer is not None:
            return await self.answer(request)
        return Reply(json.dumps({"caption": "no dog"}), prompt_tokens=10, completion_tokens=2)

    async def close(self) -> None:
        self.closed += 1


def run(
    folder: Path,
    items: Iterable[CaptionRecord],
    stage: Callable[[CaptionRecord, Ask], Awaitable[Outcome]] = ask_once,
    backend: LocalBackend | None = None,
    limits: Limits = QUICK,
    cache: ReplyCache | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    with open_store(folder / "out.jsonl", {}, command="test") as store:
        return run_stage(
            items,
            stage,
            backend=backend or LocalBackend(),
            store=store,
            limits=limits,
            cache=cache,
            on_progress=on_progress,
        )


def failed_line(folder: Path) -> dict[str, object]:
    line: dict[str, object] = json.loads((folder / "out.failed.jsonl").read_bytes())
    return line


def test_the_summary_accounts_for_everything(tmp_path: Path) -> None:
    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        number = int(item.id[2:])
        if number % 10 == 1:
            return Rejected(RejectedCaption(id=item.id, caption=item.caption, reason="no-cue"), "no-cue")
        if number == 2:
            return Failed(FailedCaption(id=item.id, error="bad-row", message="null"), "bad-row")
        return await ask_once(item, ask)

    backend = LocalBackend()
    summary = run(tmp_path, records(50), stage, backend)
    assert (summary.taken, summary.kept, summary.rejected, summary.failed) == (50, 44, 5, 1)
    assert (summary.reasons, summary.errors) == (Counter({"no-cue": 5}), Counter({"bad-row": 1}))
    assert (summary.requests, summary.cached) == (44, 0)
    assert (summary.prompt_tokens, summary.completion_tokens) == (440, 88)
    first = (tmp_path / "out.jsonl").read_bytes().splitlines(keepends=True)[:3]
    assert [record.to_line() for record in summary.examples] == first
    assert (backend.made_ready, backend.closed) == (1, 1)


def test_a_bug_in_a_stage_is_a_failed_record_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_API_KEY", "correct-horse-battery")

    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        if item.id == "n:3":
            raise KeyError("header Authorization: Bearer abcdef123456, key correct-horse-battery")
        return Kept(item)

    assert run(tmp_path, records(10), stage).kept == 9
    line = failed_line(tmp_path)
    assert (line["id"], line["caption"], line["error"]) == ("n:3", "caption 3", "bug:KeyError")
    assert "correct-horse" not in str(line)
    assert "abcdef" not in str(line)


def test_a_refusal_comes_to_the_stage_as_it_is(tmp_path: Path) -> None:
    async def decline(_request: Request) -> Reply:
        raise Declined("no-noun", "there is no noun")

    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        try:
            return await ask_once(item, ask)
        except Declined as declined:
            return Rejected(RejectedCaption(**item.model_dump(), reason=declined.code), declined.code)

    backend = LocalBackend(decline)
    assert run(tmp_path, records(5), stage, backend).reasons == Counter({"no-noun": 5})
    assert len(backend.sent) == 5


@pytest.mark.parametrize("where", ["ready", "chat", "items", "stage"])
def test_an_error_for_the_user_stops_the_run_with_what_is_done_kept(tmp_path: Path, where: str) -> None:
    problem = NegdataError("There is no such model.", "Pull it.")

    class Backend(LocalBackend):
        async def ready(self) -> None:
            if where == "ready":
                raise problem

        async def chat(self, request: Request) -> Reply:
            if where == "chat" and len(self.sent) >= 10:
                raise problem
            return await super().chat(request)

    def items() -> Iterator[CaptionRecord]:
        for record in records(100):
            if where == "items" and record.id == "n:50":
                raise problem
            yield record

    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        if where == "stage" and item.id == "n:30":
            raise problem
        return await ask_once(item, ask)

    backend = Backend()
    with pytest.raises(NegdataError, match="There is no such model"):
        run(tmp_path, items(), stage, backend)
    assert backend.closed == 1
    kept = len((tmp_path / "out.jsonl").read_bytes().splitlines())
    assert kept == {"ready": 0, "chat": 10, "items": 50, "stage": 30}[where]
    manifest = json.loads(OutputPaths.of(tmp_path / "out.jsonl").manifest.read_bytes())
    assert (manifest["state"], manifest["counts"]["in"]) == ("stopped", kept)


def test_an_id_that_comes_twice_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="'n:0' was written before"):
        run(tmp_path, [*records(5), records(1)[0]])


def test_an_outcome_of_another_id_stops_the_run(tmp_path: Path) -> None:
    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        return Kept(item.model_copy(update={"id": "other"}))

    with pytest.raises(RuntimeError, match="the stage made 'other' of the item 'n:0'"):
        run(tmp_path, records(1), stage)


def test_what_native_code_raises_stops_the_run(tmp_path: Path) -> None:
    class Panic(BaseException):
        pass

    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        raise Panic("index out of bounds")

    with pytest.raises(RuntimeError, match="Panic: index out of bounds"):
        run(tmp_path, records(1), stage)


def test_a_cancellation_of_the_sdk_is_a_failure_to_retry(tmp_path: Path) -> None:
    async def answer(_request: Request) -> Reply:
        if len(backend.sent) == 3:
            raise asyncio.CancelledError
        return Reply('{"caption": "no dog"}')

    backend = LocalBackend(answer)
    assert run(tmp_path, records(10), backend=backend).kept == 10
    assert len(backend.sent) == 11


def test_a_server_that_is_not_ready_yet_is_asked_again(tmp_path: Path) -> None:
    class Backend(LocalBackend):
        async def ready(self) -> None:
            await super().ready()
            if self.made_ready < 3:
                raise Unavailable("loading model")

    backend = Backend()
    assert run(tmp_path, records(10), backend=backend).kept == 10
    assert backend.made_ready == 3


def test_items_are_pulled_as_they_are_needed(tmp_path: Path) -> None:
    pulled = 0
    ahead: list[int] = []

    def items() -> Iterator[CaptionRecord]:
        nonlocal pulled
        for record in records(500):
            pulled += 1
            yield record

    async def answer(_request: Request) -> Reply:
        ahead.append(pulled - len(backend.sent))
        await asyncio.sleep(0.001)
        return Reply('{"caption": "no dog"}')

    backend = LocalBackend(answer)
    run(tmp_path, items(), backend=backend, limits=Limits(concurrency=4))
    assert max(ahead) <= 10


def test_progress_comes_often_and_ends_with_the_end(tmp_path: Path) -> None:
    seen: list[Progress] = []

    async def answer(_request: Request) -> Reply:
        await asyncio.sleep(0.05)
        return Reply('{"caption": "no dog"}', 10, 2)

    run(tmp_path, records(80), backend=LocalBackend(answer), limits=Limits(concurrency=8), on_progress=seen.append)
    assert 4 <= len(seen) <= 10
    assert [at.done for at in seen] == sorted(at.done for at in seen)
    assert max(at.in_flight for at in seen) == 8
    last = seen[-1]
    assert (last.total, last.kept, last.requests, last.prompt_tokens, last.in_flight) == (80, 80, 80, 800, 0)


def test_an_error_in_the_progress_callback_stops_the_run(tmp_path: Path) -> None:
    def on_progress(_progress: Progress) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(tmp_path, records(10), on_progress=on_progress)


def test_a_stage_that_never_waits_is_interrupted_and_shows_progress(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[int] = []

    def on_progress(progress: Progress) -> None:
        seen.append(progress.done)
        if len(seen) == 5:
            os.kill(os.getpid(), signal.SIGINT)

    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        return Kept(item)

    began = time.process_time()
    forever = (CaptionRecord(id=f"n:{number}", caption="x") for number in range(10**9))
    with pytest.raises(Interrupted, match="records are done"):
        run(tmp_path, forever, stage, on_progress=on_progress, limits=Limits(concurrency=256))
    assert time.process_time() - began < 1.5
    assert len(seen) <= 7
    assert signal.getsignal(signal.SIGINT) is before


def test_it_runs_in_a_thread(tmp_path: Path) -> None:
    kept: list[int] = []
    thread = threading.Thread(target=lambda: kept.append(run(tmp_path, records(10)).kept))
    thread.start()
    thread.join(20)
    assert kept == [10]


def test_requests_a_minute_are_held_to(tmp_path: Path) -> None:
    backend = LocalBackend()
    run(tmp_path, records(35), backend=backend, limits=Limits(rpm=600))
    times = [at for at, _ in backend.sent]
    # A second's worth at once, then a tenth of a second between two.
    assert 2.2 < times[-1] - times[0] < 3.5
    assert times[9] - times[0] < 0.2


def test_tokens_a_minute_are_held_to_by_what_replies_cost(tmp_path: Path) -> None:
    async def answer(_request: Request) -> Reply:
        return Reply('{"caption": "no dog"}', prompt_tokens=80, completion_tokens=20)

    backend = LocalBackend(answer)
    limits = Limits(concurrency=1, tpm=30_000)
    # 5,000 tokens at once, then 500 a second: 60 replies of 100 tokens take two seconds.
    run(tmp_path, records(60), backend=backend, limits=limits)
    times = [at for at, _ in backend.sent]
    assert 1.2 < times[-1] - times[0] < 3.0


def test_a_reply_that_another_parser_let_pass_is_asked_for_again(tmp_path: Path) -> None:
    async def any_text(item: CaptionRecord, ask: Ask) -> Outcome:
        await ask(request_about(item.caption), str)
        return Kept(item)

    async def text_answer(_request: Request) -> Reply:
        return Reply("no JSON")

    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
        run(tmp_path / "a", records(5), any_text, LocalBackend(text_answer), cache=cache)
        backend = LocalBackend()
        assert run(tmp_path / "b", records(5), ask_once, backend, cache=cache).kept == 5
        assert len(backend.sent) == 5


def test_a_backend_without_replies_to_keep_has_none_kept(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "replies.sqlite") as cache:
        backend = LocalBackend(cacheable=False)
        run(tmp_path, [*records(3)], backend=backend, cache=cache)
        with open_store(tmp_path / "again.jsonl", {}, command="test") as store:
            run_stage(records(3), ask_once, backend=backend, store=store, limits=QUICK, cache=cache)
        assert len(backend.sent) == 6


@pytest.mark.parametrize("limit", ["concurrency", "rpm", "tpm", "timeout", "attempts"])
def test_limits_that_make_no_sense_are_refused(limit: str) -> None:
    with pytest.raises(NegdataError, match=f"The limit {limit} is 0"):
        Limits(**{limit: 0})


def test_the_failure_budget_of_a_share_waits_for_a_hundred(tmp_path: Path) -> None:
    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        raise ValueError("no")

    assert run(tmp_path, records(99), stage).failed == 99
    (tmp_path / "more").mkdir()
    with pytest.raises(
        TooManyFailures, match=r"100 of 100 records failed, most often \(100 times\) bug:ValueError: no"
    ):
        run(tmp_path / "more", records(200), stage)


def test_a_run_goes_on_in_a_notebook(tmp_path: Path) -> None:
    """There the thread runs an event loop of its own."""

    async def cell() -> RunSummary:
        return run(tmp_path, records(20))

    assert asyncio.run(cell()).kept == 20


def test_ctrl_c_ends_a_run_in_a_notebook(tmp_path: Path) -> None:
    async def slow(request: Request) -> Reply:
        await asyncio.sleep(0.01)
        return Reply(json.dumps({"caption": "no dog"}))

    backend = LocalBackend(slow)

    def press(progress: Progress) -> None:
        if progress.done > 20 and not pressed:
            pressed.append(progress.done)
            os.kill(os.getpid(), signal.SIGINT)

    pressed: list[int] = []

    async def cell() -> RunSummary:
        return run(tmp_path, records(5_000), backend=backend, on_progress=press)

    with pytest.raises(Interrupted):
        asyncio.run(cell())
    assert 20 < len((tmp_path / "out.jsonl").read_bytes().splitlines()) < 5_000


def test_further_backends_are_asked_by_name_each_within_its_own_limits(tmp_path: Path) -> None:
    in_flight: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def counted(who: str) -> LocalBackend:
        async def answer(_request: Request) -> Reply:
            in_flight[who] += 1
            most[who] = max(most[who], in_flight[who])
            await asyncio.sleep(0.002)
            in_flight[who] -= 1
            return Reply(json.dumps({"caption": who}))

        return LocalBackend(answer)

    async def ask_both(item: CaptionRecord, ask: Ask) -> Outcome:
        written = await ask(request_about(item.caption), parse_caption)
        judged = await ask(request_about(item.caption), parse_caption, of="judge")
        return Kept(item.model_copy(update={"negated_caption": f"{written} {judged}"}))

    writer, judge = counted("writer"), counted("judge")
    with open_store(tmp_path / "out.jsonl", {}, command="test") as store:
        summary = run_stage(
            records(20),
            ask_both,
            backend=writer,
            store=store,
            limits=QUICK,
            further={"judge": Driven(judge, Limits(concurrency=1))},
        )
    assert (len(writer.sent), len(judge.sent), summary.requests) == (20, 20, 40)
    assert {record.negated_caption for record in summary.examples if isinstance(record, CaptionRecord)} == {
        "writer judge"
    }
    assert (most["judge"], most["writer"]) == (1, QUICK.concurrency)
    assert (writer.closed, judge.closed) == (1, 1)


def test_a_stage_that_asks_nothing_needs_no_backend(tmp_path: Path) -> None:
    async def keep(item: CaptionRecord, _ask: Ask) -> Outcome:
        return Kept(item)

    with open_store(tmp_path / "out.jsonl", {}, command="test") as store:
        summary = run_stage(records(3), keep, backend=None, store=store, limits=QUICK)
    assert (summary.kept, summary.requests) == (3, 0)


def test_a_model_that_is_being_loaded_is_told_of(tmp_path: Path) -> None:
    class Slow(LocalBackend):
        async def ready(self) -> None:
            await asyncio.sleep(0.4)

    reasons: list[str | None] = []
    run(tmp_path, records(3), backend=Slow(), on_progress=lambda now: reasons.append(now.waiting_reason))
    assert reasons.count("getting the model ready") >= 2
    assert reasons[-1] is None
