"""A run whose output is a folder of parts: planned once, worked on block by block, and summed up at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from pydantic import JsonValue

from negdata.backends.base import Backend
from negdata.caches import cache_folder
from negdata.engines.foreman import Foreman, Told, progress_of
from negdata.engines.here import work_here
from negdata.engines.job import Job, asks_servers, holds_models
from negdata.engines.one_file import check_one_file, write_as_one
from negdata.engines.plan import WORKING, Plan, read_plan, remove_working, rows_a_block, write_plan
from negdata.engines.settings import EngineSettings
from negdata.engines.work import Work
from negdata.engines.worker import Done
from negdata.errors import Interrupted, NegdataError
from negdata.limits import Limits
from negdata.locks import OutputLock
from negdata.manifest import (
    Manifest,
    State,
    clean_settings,
    now,
    refuse_other_settings,
    settings_hash,
)
from negdata.parts import KINDS, Part, Parts, summed
from negdata.progress import Progress, RunSummary
from negdata.records import Record
from negdata.redact import redact
from negdata.remote import Address
from negdata.storage import Storage
from negdata.throughput import Throughput
from negdata.whole_files import write_error

OnProgress = Callable[[Progress], None]
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class PartsRun:
    """What a command says of its run.

    Attributes:
        folder: of the output.
        identity: the settings that shape records.
        command: the command line.
        engine: where blocks are worked on.
        limits: of the whole run.
        backends: what the workers will ask.
        limit: rows that are taken at most.
        plan: writes the blocks of so many rows, and tells how many there are and what was learned on the way.
        job: the work on a block; ``facts``: what the manifest says of the plan.
        as_one: the file that the parts are put together to in the end; None: they are the output.
    """

    folder: Path
    identity: Mapping[str, JsonValue]
    command: str
    engine: EngineSettings
    limits: Limits
    backends: Sequence[Backend]
    limit: int | None
    plan: Callable[[Storage, Callable[[int], int]], Plan]
    job: Job
    facts: Callable[[Plan], Mapping[str, JsonValue]]
    fresh: bool = False
    as_one: Path | None = None


@dataclass
class _Seen:
    """What the workers' results tell beside their counts."""

    examples: list[Record] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, done: Done) -> None:
        self.examples += done.examples[: _EXAMPLES - len(self.examples)]
        self.notes.update(dict.fromkeys(done.notes))


def run_in_parts(run: PartsRun, on_progress: OnProgress | None = None) -> RunSummary:
    """Makes every block a part, or goes on where an earlier run stopped; what failed is tried again.

    Raises:
        NegdataError: an output of other settings or another run, an engine that isn't there, a worker's error.
        TooManyFailures: the failure budget of all workers together is spent; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept.
    """
    settings = clean_settings(run.identity)
    parts = Parts(run.folder)
    if run.as_one is not None and not run.fresh:
        check_one_file(run.as_one, settings)
    with _locked(run.folder, run.command):
        before = _before(parts, settings, run.limit, fresh=run.fresh)
        summary = _Running(run, parts, settings, before, on_progress).drive()
        if run.as_one is not None:
            write_as_one(run.folder, run.as_one)
    return summary


class _Running:
    def __init__(
        self,
        run: PartsRun,
        parts: Parts,
        settings: dict[str, JsonValue],
        before: Manifest | None,
        on_progress: OnProgress | None,
    ) -> None:
        self._run = run
        self._parts = parts
        self._before = before
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._manifest = Manifest(
            command=redact(run.command),
            settings=settings,
            settings_hash=settings_hash(settings),
            started=before.started if before else now(),
            runs=before.runs + 1 if before else 1,
            seconds=before.seconds if before else 0.0,
            progress=before.progress if before else [],
        )
        self._throughput = Throughput(self._manifest.progress)
        self._seen = _Seen()
        self._earlier = Told()
        self._told = Told()
        self._rows = 0

    def drive(self) -> RunSummary:
        storage = self._parts.storage
        before = self._before
        # A plan without a manifest is of a run that was killed while it planned.
        plan = read_plan(storage) if before is not None else None
        there = self._parts.committed()
        if plan is None and before is not None and before.state == "finished":
            # All was done and nothing had failed: the plan went with the blocks.
            self._earlier = _told(there)
            return self._summary(there, before.counts.accounted, [])
        if plan is None and there:
            raise NegdataError(
                f"{storage.folder} has parts, and the plan of its run is gone.", "Start over with --fresh."
            )
        if plan is None:
            workers = self._run.engine.likely_workers
            at_once = self._run.limits.concurrency // (workers if self._run.engine.in_blocks else 1)
            plan = self._run.plan(storage, lambda rows: rows_a_block(rows, workers, at_once))
            write_plan(storage, plan)
        todo = tuple(number for number in range(plan.blocks) if number not in there or there[number].counts.failed)
        self._rows = plan.rows
        self._earlier = _told({number: part for number, part in there.items() if number not in todo})
        self._manifest.extra = {"parts": plan.blocks, **self._run.facts(plan), **_limit_facts(self._run.limit)}
        self._parts.write_manifest(self._manifest)
        try:
            if todo:
                self._work(todo)
        except NegdataError as error:
            interrupted = isinstance(error, Interrupted)
            with suppress(NegdataError):  # what stopped the run is the error to show
                self._settle("interrupted" if interrupted else "stopped", self._parts.committed())
            raise
        return self._conclude(plan)

    def _work(self, todo: tuple[int, ...]) -> None:
        run = self._run
        work = Work(run.folder, todo, run.limits, asks_servers(run.backends), holds_models(run.backends))
        for done in self._engine(work, run.job):
            self._seen.add(done)

    def _engine(self, work: Work, job: Job) -> Iterator[Done]:
        if self._run.engine.engine == "local":
            return work_here(work, job, Foreman(work.limits), self._tell)
        from negdata.engines.ray_data import work_on_ray

        return work_on_ray(work, job, self._run.engine, self._tell)

    def _tell(self, told: Told) -> None:
        seconds = time.monotonic() - self._began
        told_all = progress_of(told, total=self._rows, before=self._earlier, seconds=seconds)
        self._throughput.add(self._manifest.seconds + seconds, told_all.kept, told_all.rejected, told_all.failed)
        self._told = told
        if self._on_progress is not None:
            self._on_progress(told_all)

    def _conclude(self, plan: Plan) -> RunSummary:
        there = self._parts.committed()
        _check_sum(self._run.folder, plan, there)
        self._settle("finished", there)
        self._parts.tidy()
        failing = frozenset(number for number, part in there.items() if part.counts.failed)
        remove_working(self._parts.storage, plan.blocks, failing)
        resumed = self._earlier.kept + self._earlier.rejected + self._told.resumed
        return self._summary(there, resumed, plan.notes)

    def _summary(self, there: Mapping[int, Part], resumed: int, notes: Sequence[str]) -> RunSummary:
        usage = self._told.usage
        counts, _, reasons, errors = summed(there)
        return RunSummary(
            taken=counts.accounted,
            kept=counts.kept,
            rejected=counts.rejected,
            failed=counts.failed,
            resumed=resumed,
            reasons=Counter(reasons),
            errors=Counter(errors),
            requests=usage.requests,
            cached=usage.cached,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            seconds=time.monotonic() - self._began,
            examples=self._seen.examples,
            notes=[*notes, *self._seen.notes],
        )

    def _settle(self, state: State, there: Mapping[int, Part]) -> None:
        manifest = self._manifest
        counts, usage, reasons, errors = summed(there)
        manifest.state = state
        manifest.counts = counts.model_copy(update={"taken": counts.accounted})
        manifest.usage, manifest.reasons, manifest.errors = usage, reasons, errors
        manifest.seconds = round(manifest.seconds + time.monotonic() - self._began, 3)
        manifest.progress = self._throughput.until(manifest.seconds, counts.kept, counts.rejected, counts.failed)
        manifest.finished = now()
        self._parts.write_manifest(manifest)


@contextmanager
def _locked(folder: Path, command: str) -> Iterator[None]:
    """Keeps other runs away from the output: everywhere that a lock on its folder reaches."""
    if isinstance(folder, Address):
        place = cache_folder() / "working" / f"{blake2b(str(folder).encode(), digest_size=8).hexdigest()}.lock"
    else:
        place = folder / WORKING / "lock"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(place, error) from error
    lock = OutputLock(place, folder, command)
    try:
        yield
    finally:
        lock.release()


def _limit_facts(limit: int | None) -> dict[str, JsonValue]:
    return {} if limit is None else {"limit": limit}


def _before(parts: Parts, settings: dict[str, JsonValue], limit: int | None, *, fresh: bool) -> Manifest | None:
    """The manifest of the run to go on with; raises NegdataError where what is there is no part of it."""
    if fresh:
        for kind in ("manifests", *KINDS):
            for name in parts.storage.names(kind):
                parts.storage.remove(f"{kind}/{name}")
        for name in parts.storage.names(f"{WORKING}/stores"):
            parts.storage.remove(f"{WORKING}/stores/{name}")
        for name in ("plan.json", *(f"blocks/{block}" for block in parts.storage.names(f"{WORKING}/blocks"))):
            parts.storage.remove(f"{WORKING}/{name}")
        return None
    before = parts.manifest()
    if before is not None:
        # A file of records can be gone on with for more of its source; blocks are cut once.
        planned = before.extra if "parts" in before.extra else _limit_facts(limit)
        told = {"limit": planned.get("limit")}
        refuse_other_settings(parts.folder, before.settings | told, settings | {"limit": limit})
        return before
    foreign = parts.storage.names("")
    if foreign or parts.storage.names("manifests"):
        what = foreign[0] if foreign else "manifests"
        raise NegdataError(
            f"{parts.folder} holds {what}, and no manifest says that negdata made it.", "Give another --out."
        )
    return None


def _told(there: Mapping[int, Part]) -> Told:
    counts, _, _, _ = summed(there)
    return Told(counts.kept, counts.rejected, counts.failed)


def _check_sum(folder: Path, plan: Plan, there: Mapping[int, Part]) -> None:
    """Raises NegdataError where a record is lost or twice."""
    counts, _, _, _ = summed(there)
    missing = [number for number in range(plan.blocks) if number not in there]
    if missing or counts.accounted != plan.rows:
        raise NegdataError(
            f"{folder} doesn't add up: {plan.rows:,} records came in, but {counts.kept:,} kept + "
            f"{counts.rejected:,} rejected + {counts.failed:,} failed = {counts.accounted:,}"
            f"{f', and {len(missing):,} parts are missing' if missing else ''}.",
            "Start over with --fresh, and let nothing else write to the output.",
        )
