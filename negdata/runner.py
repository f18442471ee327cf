"""Drives a stage over records on this machine: bounded, retried, rate-limited, resumable, stopped by Ctrl-C.

A pool of workers pulls records from their iterator, so that memory is flat whatever their number. More records are
under way than requests in flight: one whose request waits to be sent again holds no slot.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sized
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from negdata.askers import Askers, Driven, MakePacing, own_pacing
from negdata.asking import Ask
from negdata.backends.base import Backend
from negdata.errors import Interrupted, NegdataError, RecordFailure, TooManyFailures
from negdata.interrupts import close_loop, orderly_signals
from negdata.limits import Limits
from negdata.loops import outside_of_loops
from negdata.manifest import State, Usage
from negdata.progress import Progress, RunSummary
from negdata.records import Failed, FailedCaption, Kept, Outcome, Record
from negdata.redact import redact
from negdata.replies import ReplyCache
from negdata.store import Store

__all__ = ["Ask", "Driven", "Item", "Limits", "Progress", "RunSummary", "Stage", "run_stage"]

_log = logging.getLogger(__name__)
_REPORT_SECONDS = 0.1
_SLICE_SECONDS = 0.02
_EXAMPLES = 3
_CLOSE_SECONDS = 5.0
_LONGEST_MESSAGE = 500


class Item(Protocol):
    """What a stage works on: anything with a stable id."""

    @property
    def id(self) -> str: ...


ItemT = TypeVar("ItemT", bound=Item)
Stage = Callable[[ItemT, Ask], Awaitable[Outcome]]


def run_stage(
    items: Iterable[ItemT],
    stage: Stage[ItemT],
    *,
    backend: Backend | None,
    store: Store,
    limits: Limits,
    further: Mapping[str, Driven] | None = None,
    cache: ReplyCache | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    total: int | None = None,
) -> RunSummary:
    """Puts every item through a stage and every outcome into the store; closes the backends.

    Args:
        items: pulled one by one, as workers come free; ids must be unique.
        stage: one item in, one outcome out.
        backend: what the stage's requests go to; closed at the end. None for a stage that asks none.
        further: backends by the name under which the stage asks ``of`` them; closed at the end.
        store: open; items that it has done are passed over.
        limits: of requests, retries and failures.
        cache: replies of earlier runs, and where this run's go.
        on_progress: called about ten times a second, and at the end.
        total: the number of items, where it is known and ``items`` has no length.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; requests in flight had ``limits.grace`` seconds.
        TooManyFailures: the failure budget is spent, or the server is gone.
        NegdataError: the backend can't work at all, or the output can't be written.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with Runner(backend, limits=limits, further=further, cache=cache) as runner:
        return runner.run(items, stage, store=store, on_progress=on_progress, total=total)


class Runner:
    """What drives backends that are asked by one run, or by several one after the other, and closed at the end.

    A context manager; one thread uses it.
    """

    def __init__(
        self,
        backend: Backend | None,
        *,
        limits: Limits,
        further: Mapping[str, Driven] | None = None,
        cache: ReplyCache | None = None,
        pacing: MakePacing = own_pacing,
    ) -> None:
        """Args as of ``run_stage``; ``pacing`` makes the gate that the requests to each backend go through."""
        self._limits = limits
        self._cache = cache
        self._askers = Askers(backend, further or {}, limits, cache, pacing)
        self._loop = asyncio.new_event_loop()
        self._interrupted = False
        self._current: _Run[Any] | None = None

    def run(
        self,
        items: Iterable[ItemT],
        stage: Stage[ItemT],
        *,
        store: Store,
        on_progress: Callable[[Progress], None] | None = None,
        total: int | None = None,
    ) -> RunSummary:
        """Puts every item through a stage; see ``run_stage``. After one that was interrupted there is no other."""
        limits = self._limits
        _log.info(
            "%s records are done already; at most %d requests at once, %g s for each, %d attempts",
            f"{store.resumed:,}",
            limits.concurrency,
            limits.timeout,
            limits.attempts,
        )
        run = _Run(iter(items), stage, self._askers, store, limits, self._cache, on_progress, total)
        self._current = run
        try:
            with orderly_signals(lambda: run.interrupt(self._loop)):
                return outside_of_loops(lambda: self._loop.run_until_complete(run.drive()))
        finally:
            self._current = None
            self._interrupted = self._interrupted or run.interrupts > 0

    def interrupt(self) -> None:
        """Ends the run under way as Ctrl-C does; from any thread."""
        if self._current is not None:
            self._current.interrupt(self._loop)

    @property
    def askers(self) -> Askers:
        """What the runs ask through."""
        return self._askers

    def close(self) -> None:
        """Closes the backends, without waiting long for one that hangs; further calls do nothing."""
        if self._loop.is_closed():
            return
        with orderly_signals(self._askers.stop):
            outside_of_loops(self._close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _close(self) -> None:
        try:
            self._loop.run_until_complete(self._close_backends())
        finally:
            close_loop(self._loop)

    async def _close_backends(self) -> None:
        self._askers.close()
        closing = asyncio.ensure_future(self._askers.close_backends())
        await _settle({closing}, 1.0 if self._interrupted else _CLOSE_SECONDS)


class _Run(Generic[ItemT]):
    """The state of one call of ``run_stage``."""

    def __init__(
        self,
        items: Iterator[ItemT],
        stage: Stage[ItemT],
        askers: Askers,
        store: Store,
        limits: Limits,
        cache: ReplyCache | None,
        on_progress: Callable[[Progress], None] | None,
        total: int | None,
    ) -> None:
        self._items = items
        self._stage = stage
        self._ask = askers
        self._store = store
        self._limits = limits
        self._cache = cache
        self._on_progress = on_progress
        self._total = total
        self._began = time.monotonic()
        self._slice_ends = self._began + _SLICE_SECONDS
        self._letting_others_run = False
        self._taken = 0
        self._passed_over = 0
        self._finished = 0
        self._errors: Counter[str] = Counter()
        self._messages: dict[str, str] = {}
        self._examples: list[Record] = []
        self._fatal: Exception | None = None
        self._wake = asyncio.Event()
        self._usage_before = askers.usage
        self.interrupts = 0

    async def drive(self) -> RunSummary:
        """Runs workers until the items are used up or something stops them."""
        # As many again as there are slots, so that a slot is never empty while a record waits to ask again.
        workers = {asyncio.ensure_future(self._work()) for _ in range(2 * self._ask.concurrency + 2)}
        ticker = asyncio.ensure_future(self._tick())
        try:
            await self._until_done(workers)
        finally:
            ticker.cancel()
            for worker in workers:
                worker.cancel()
            if self._stopped:
                self._ask.close()
            await _settle({*workers, ticker}, 0.5)
        self._take_crash(workers)
        return self._conclude()

    def interrupt(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stops taking items at once; called in the signal handler, at any point of the program."""
        self.interrupts += 1
        self._ask.stop()
        loop.call_soon_threadsafe(self._wake.set)

    @property
    def _usage(self) -> Usage:
        """What this run asked: those before it may have asked through the same."""
        return self._ask.usage.minus(self._usage_before)

    @property
    def _stopped(self) -> bool:
        return self.interrupts > 0 or self._fatal is not None

    async def _until_done(self, workers: set[asyncio.Task[None]]) -> None:
        wake = asyncio.ensure_future(self._wait_for_wake())
        try:
            pending = set(workers)
            while pending and not self._stopped:
                _, pending = await asyncio.wait({*pending, wake}, return_when=asyncio.FIRST_COMPLETED)
                pending.discard(wake)
            if self._fatal is None and self.interrupts:
                await self._let_finish(workers)
        finally:
            wake.cancel()

    def _take_crash(self, workers: set[asyncio.Task[None]]) -> None:
        """A worker that ended in something that is no Exception, as native code may raise, ends the run as well."""
        for worker in workers:
            if worker.done() and not worker.cancelled() and (crash := worker.exception()) is not None:
                self._stop(RuntimeError(f"{type(crash).__name__}: {redact(str(crash))}"))

    async def _wait_for_wake(self) -> None:
        await self._wake.wait()

    async def _let_finish(self, workers: set[asyncio.Task[None]]) -> None:
        """Gives requests in flight a moment; whoever has none in flight is cancelled at once."""
        for worker in workers:
            if worker not in self._ask.in_air:
                worker.cancel()
        deadline = time.monotonic() + self._limits.grace
        pressed = self.interrupts
        while (flying := {worker for worker in workers if not worker.done()}) and self.interrupts == pressed:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            await asyncio.wait(flying, timeout=min(left, 0.05))

    async def _work(self) -> None:
        try:
            for item in self._items:
                if self._stopped:
                    return
                await self._process(item)
                if self._letting_others_run or time.monotonic() >= self._slice_ends:
                    await self._let_others_run()
        except Exception as error:  # ends the run, with what is done kept
            self._stop(error)

    async def _let_others_run(self) -> None:
        """Hands over to the event loop, and all workers with it: a stage that never waits would keep it busy."""
        if not self._letting_others_run:
            self._letting_others_run = True
            asyncio.get_running_loop().call_soon(self._begin_slice)  # runs once the loop has seen to everything else
        await asyncio.sleep(0)

    def _begin_slice(self) -> None:
        self._letting_others_run = False
        self._slice_ends = time.monotonic() + _SLICE_SECONDS

    async def _process(self, item: ItemT) -> None:
        self._taken += 1
        if self._store.is_done(item.id):
            self._passed_over += 1
            return
        try:
            outcome = await self._stage(item, self._ask)
        except NegdataError:
            raise
        except RecordFailure as failure:
            outcome = _failed(item, failure.code, str(failure))
        except Exception as error:
            outcome = _failed(item, f"bug:{type(error).__name__}", str(error))
        if outcome.record.id != item.id:
            raise RuntimeError(f"the stage made {outcome.record.id!r} of the item {item.id!r}")
        self._store.write(outcome)
        self._finished += 1
        if isinstance(outcome, Failed):
            self._count_failure(outcome)
        elif isinstance(outcome, Kept) and len(self._examples) < _EXAMPLES:
            self._examples.append(outcome.record)

    def _count_failure(self, outcome: Failed) -> None:
        self._errors[outcome.error] += 1
        self._messages.setdefault(outcome.error, str(getattr(outcome.record, "message", "")))
        failed, seen = self._errors.total(), self._finished
        gone = self._ask.is_gone and self._limits.stops_on_failures
        if not gone and not self._limits.over_budget(failed, seen):
            return
        code, times = self._errors.most_common(1)[0]
        said = f": {self._messages[code]}" if self._messages[code] else ""
        why = "and no request succeeds any more" if gone else f"most often ({times:,} times) {code}"
        self._stop(
            TooManyFailures(
                f"{failed:,} of {seen:,} records failed, {why}{said}.",
                "What is done is kept; mend the cause and run the same command again, or raise --max-failures.",
            )
        )

    def _stop(self, error: Exception) -> None:
        if self._fatal is None:
            self._fatal = error
        self._wake.set()

    async def _tick(self) -> None:
        while True:
            self._report(time.monotonic())
            await asyncio.sleep(_REPORT_SECONDS)

    def _report(self, now: float) -> None:
        try:
            self._store.checkpoint(self._usage)
            if self._on_progress is not None:
                self._on_progress(self._progress(now))
        except Exception as error:  # a full disk, or a caller's bug
            self._stop(error)

    def _progress(self, now: float) -> Progress:
        counts, usage = self._store.counts, self._usage
        return Progress(
            total=self._total,
            kept=counts.kept,
            rejected=counts.rejected,
            failed=counts.failed,
            resumed=self._store.resumed,
            seconds=now - self._began,
            requests=usage.requests,
            cached=usage.cached,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            in_flight=self._ask.in_flight,
            waiting_reason=self._waiting_reason(),
        )

    def _waiting_reason(self) -> str | None:
        left = self._ask.pause_left
        if left > 0:
            return f"rate-limited, {left:.0f} s"
        if self._ask.getting_ready:
            return "getting the model ready"
        if self._ask.waiting and not self._ask.in_flight:
            return "server unavailable, asking again"
        return None

    def _conclude(self) -> RunSummary:
        usage, store = self._usage, self._store
        if self._fatal is not None:
            self._settle_store("stopped")
            raise self._fatal
        if self.interrupts:
            self._settle_store("interrupted")
            raise Interrupted(
                f"Interrupted: {store.counts.accounted:,} records are done.",
                "Run the same command again to go on.",
            )
        store.settle("finished", usage, self._taken, self._passed_over)
        if self._on_progress is not None:
            self._on_progress(self._progress(time.monotonic()))
        counts = store.counts
        return RunSummary(
            taken=counts.accounted,
            kept=counts.kept,
            rejected=counts.rejected,
            failed=counts.failed,
            resumed=store.resumed,
            reasons=Counter(store.reasons),
            errors=Counter(store.errors),
            requests=usage.requests,
            cached=usage.cached,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            seconds=time.monotonic() - self._began,
            examples=self._examples,
            notes=[*(self._cache.notes if self._cache else ()), *self._ask.notes],
        )

    def _settle_store(self, state: State) -> None:
        with suppress(NegdataError):  # what stopped the run is the error to show
            self._store.settle(state, self._usage)


async def _settle(tasks: set[asyncio.Task[None]], seconds: float) -> None:
    """Waits for tasks that should end, but not for ever, and takes their exceptions."""
    done, pending = await asyncio.wait(tasks, timeout=seconds)
    for task in pending:
        task.cancel()
    for task in done:
        if not task.cancelled():
            task.exception()


def _failed(item: Item, code: str, message: str) -> Failed:
    """The failed record of an item: of its own record what a failed line holds."""
    record = getattr(item, "record", item)
    fields = {name: getattr(record, name, None) for name in FailedCaption.model_fields}
    fields |= {"id": item.id, "error": code, "message": redact(message)[:_LONGEST_MESSAGE]}
    return Failed(FailedCaption.model_validate(fields), code)
