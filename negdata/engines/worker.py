"""Works on one block after the other: each is run like any output, in a place of its own, and then becomes a part."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from pydantic import JsonValue

from negdata.askers import MakePacing, own_pacing
from negdata.caches import cache_folder
from negdata.engines.blocks import Block
from negdata.engines.foreman import Orders, Told
from negdata.engines.job import Job
from negdata.engines.plan import WORKING, read_block, read_plan
from negdata.engines.snapshots import Snapshots
from negdata.errors import NegdataError
from negdata.limits import Limits
from negdata.locks import Held
from negdata.manifest import Manifest, Usage, now, read_manifest, settings_hash
from negdata.parts import Part, Parts
from negdata.progress import Progress
from negdata.records import Record
from negdata.remote import Address
from negdata.runner import Item, Runner
from negdata.store import OutputPaths, Store, open_store

Report = Callable[[int, Told], Orders]
_LONGEST_WAIT = 60.0
"""Seconds in which a worker that was thought to be lost lets go of its block."""
_NEARLY_ALL = 0.999


@dataclass(frozen=True)
class Done:
    """A block that is a part of the output.

    Attributes:
        told: what the foreman is told last.
        examples: the first records that this run kept.
        notes: what the backends have to tell the user.
    """

    part: Part
    told: Told
    examples: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Worker:
    """Works on blocks with one bench; a context manager that closes it.

    Args:
        job: the command's.
        folder: of the output.
        limits: this worker's share; how many records may fail is decided over all workers.
        report: takes what the worker tells, now and then while a block is worked on, and says what to do.
        pacing: makes the gates before its backends.

    Raises:
        NegdataError: this machine lacks what the job needs.
    """

    def __init__(self, job: Job, folder: Path, limits: Limits, report: Report, pacing: MakePacing = own_pacing) -> None:
        self._parts = Parts(folder)
        self._report = report
        self._stores = place_of_stores(folder)
        self._snapshots = Snapshots(self._parts.storage) if isinstance(folder, Address) else None
        plan = read_plan(self._parts.storage)
        if plan is None:
            raise _out_of_sight(folder)
        self._plan = plan.id
        if limits.stops_on_failures:
            limits = replace(limits, max_failures=_NEARLY_ALL)
        with ExitStack() as opened:
            self._bench = opened.enter_context(job.opened(plan, limits))
            self._runner = opened.enter_context(
                Runner(
                    self._bench.backend,
                    limits=limits,
                    further=self._bench.further,
                    cache=self._bench.cache,
                    pacing=pacing,
                )
            )
            self._opened = opened.pop_all()

    def work(self, number: int) -> Done:
        """Makes a block a part, or goes on where an earlier run stopped; one that is a part already stays.

        Raises:
            Interrupted: the worker was told to stop; what is done is kept.
            TooManyFailures: the server is gone.
            NegdataError: a file can't be read or written.
        """
        part = self._parts.part(number)
        if part is not None and not part.counts.failed:
            return Done(part, _as_earlier(part))
        block = read_block(self._parts.storage, number)
        paths = OutputPaths.of(self._stores / f"{number:05d}.jsonl")
        settings: dict[str, JsonValue] = {"plan": self._plan, "block": number}
        self._lay_out(number, part, paths, settings)
        with _own_store(paths.kept, settings, block.taken) as store:
            meanwhile = self._parts.part(number)
            if meanwhile is not None and meanwhile != part and not meanwhile.counts.failed:
                return Done(meanwhile, _as_earlier(meanwhile))
            telling = _Telling(number, store, self._runner, self._report, self._snapshots)
            run = self._runner.run(
                self._items(block), self._bench.stage, store=store, on_progress=telling, total=block.taken
            )
            # The lock is held until the part is there: whoever waits for it finds that nothing is left to do.
            done = Done(self._parts.commit(number, paths, store.manifest), telling.last, run.examples, run.notes)
            for path in (*paths.lines, paths.manifest):
                path.unlink(missing_ok=True)
        if self._snapshots is not None:
            self._snapshots.remove(number)
        return done

    def close(self) -> None:
        """Closes the bench."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _items(self, block: Block) -> Iterator[Item]:
        yield from map(self._bench.unusable, block.bad)
        for group in block.groups:
            yield from self._bench.items(group)

    def _lay_out(self, number: int, part: Part | None, paths: OutputPaths, settings: dict[str, JsonValue]) -> None:
        """Puts what is done of a block where a store goes on with it, unless it lies there."""
        begun = read_manifest(paths.manifest)
        if begun is not None and begun.settings == settings:
            return
        for path in (*paths.lines, paths.manifest):
            path.unlink(missing_ok=True)
        paths.kept.parent.mkdir(parents=True, exist_ok=True)
        if part is None:
            if self._snapshots is not None:
                self._snapshots.restore(number, paths)
            return
        paths.kept.write_bytes(b"".join(self._parts.part_lines(part, "kept")))
        paths.rejected.write_bytes(b"".join(self._parts.part_lines(part, "rejected")))
        Manifest(
            state="finished",
            command="",
            settings=dict(settings),
            settings_hash=settings_hash(settings),
            started=now(),
            usage=part.usage,
            seconds=part.seconds,
        ).write(paths.manifest)


class _Telling:
    """Tells the foreman of a block, and does what it says; ``last`` is what was told last."""

    def __init__(self, number: int, store: Store, runner: Runner, report: Report, snapshots: Snapshots | None) -> None:
        self.last = Told()
        self._number = number
        self._store = store
        self._runner = runner
        self._report = report
        self._snapshots = snapshots
        self._due = 0.0
        self._message = ""

    def __call__(self, progress: Progress) -> None:
        if self._store.errors and not self._message:
            self._message = _first_message(self._store.paths.failed)
        askers = self._runner.askers
        self.last = Told(
            kept=progress.kept,
            rejected=progress.rejected,
            failed=progress.failed,
            resumed=progress.resumed,
            usage=Usage(
                requests=progress.requests,
                cached=progress.cached,
                prompt_tokens=progress.prompt_tokens,
                completion_tokens=progress.completion_tokens,
            ),
            errors=dict(self._store.errors),
            message=self._message,
            in_flight=progress.in_flight,
            pause=askers.pause_left,
        )
        if self._snapshots is not None:
            self._snapshots.take_if_due(self._number, self._store.paths)
        if time.monotonic() < self._due:
            return
        orders = self._report(self._number, self.last)
        self._due = time.monotonic() + orders.again
        if orders.stop is not None:
            self._runner.interrupt()
        elif orders.pause > askers.pause_left:
            askers.pause(orders.pause)


def place_of_stores(folder: Path) -> Path:
    """Where blocks are worked on: in the output, for any machine to go on with; here where the output is elsewhere."""
    if isinstance(folder, Address):
        return cache_folder() / "working" / blake2b(str(folder).encode(), digest_size=8).hexdigest()
    return folder / WORKING / "stores"


def _own_store(out: Path, settings: dict[str, JsonValue], expected: int) -> Store:
    """The store of a block, once another worker that may still have it lets go."""
    latest = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            return open_store(out, settings, command="a worker", expected=expected)
        except Held:
            if time.monotonic() > latest:
                raise
        time.sleep(0.2)


def _out_of_sight(folder: Path) -> NegdataError:
    return NegdataError(
        f"A worker on {socket.gethostname()} doesn't see {folder}, where the run's plan is.",
        "Write to a folder that all machines of the cluster have under the same name, or to s3://….",
    )


def _as_earlier(part: Part) -> Told:
    counts = part.counts
    return Told(counts.kept, counts.rejected, counts.failed, resumed=counts.accounted)


def _first_message(failed: Path) -> str:
    with suppress(OSError, orjson.JSONDecodeError), failed.open("rb") as file:
        return str(orjson.loads(file.readline()).get("message", ""))
    return ""
