"""The engine of many machines: Ray Data hands blocks to workers, and does over what is lost with one of them."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from negdata import __version__
from negdata.engines.foreman import Foreman, Orders, Told, too_many
from negdata.engines.job import Job
from negdata.engines.ray_cluster import connected
from negdata.engines.settings import EngineSettings
from negdata.engines.work import Work
from negdata.engines.worker import Done, Worker
from negdata.errors import Interrupted, NegdataError
from negdata.interrupts import orderly_signals
from negdata.limits import Limits
from negdata.pacing import Pacing

_POLL_SECONDS = 0.3
_GRACE_SECONDS = 10.0
"""For workers to end in order, once they are told to stop."""
_FURTHER_CALLS = 1_000


@dataclass(frozen=True, slots=True)
class _Result:
    """What becomes of a block in a worker: it is done, was given up, or failed."""

    done: Done | None = None
    error: NegdataError | None = None


def work_on_ray(work: Work, job: Job, engine: EngineSettings, tell: Callable[[Told], None]) -> Iterator[Done]:
    """Has Ray's workers make blocks parts; ``tell`` is called with all that the foreman knows.

    A worker that is lost, with its process or its machine, is replaced, and its block gone on with.

    Raises:
        NegdataError: no cluster, too few requests for so many workers, a worker that lacks what it needs.
        TooManyFailures, Interrupted: as ``work_here``.
    """
    with connected(engine.ray_address, engine.workers) as ray:
        workers = _workers(ray, work, engine)
        foreman = _foreman(ray, work.limits)
        results: queue.SimpleQueue[_Result | BaseException | None] = queue.SimpleQueue()
        args = (job, work, _share(work, workers), foreman, _Driver(__version__, str(Path.cwd())))
        reading = threading.Thread(target=_read, args=(ray, work, workers, args, results), name="ray data", daemon=True)
        asked_to_stop = threading.Event()
        with orderly_signals(asked_to_stop.set):
            reading.start()
            yield from _results(ray, foreman, results, asked_to_stop, tell)


def _results(
    ray: Any,
    foreman: Any,
    results: queue.SimpleQueue[_Result | BaseException | None],
    asked_to_stop: threading.Event,
    tell: Callable[[Told], None],
) -> Iterator[Done]:
    error: BaseException | None = None
    deadline: float | None = None
    while deadline is None or time.monotonic() < deadline:
        try:
            result = results.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            tell(ray.get(foreman.sum.remote()))
            result = _Result()
        if result is None:
            break
        if isinstance(result, BaseException):
            error = result
            break
        error = error or result.error
        if deadline is None and (error is not None or asked_to_stop.is_set()):
            foreman.stop.remote("interrupted")
            deadline = time.monotonic() + _GRACE_SECONDS
        if result.done is not None:
            tell(ray.get(foreman.sum.remote()))
            yield result.done
    told: Told = ray.get(foreman.sum.remote())
    tell(told)
    if ray.get(foreman.stopped.remote()) == "failures":
        raise too_many(told)
    if asked_to_stop.is_set() or isinstance(error, Interrupted):
        raise Interrupted(
            f"Interrupted: {told.finished:,} more records are done.", "Run the same command again to go on."
        )
    if error is not None:
        raise error


def _read(ray: Any, work: Work, workers: int, args: tuple[Any, ...], results: queue.SimpleQueue[Any]) -> None:
    """Runs in a thread: what comes of the blocks, then None, or what ended it."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    gpus = 1 if work.models and ray.cluster_resources().get("GPU") else None
    try:
        blocks = ray.data.from_items(
            [{"block": number} for number in work.blocks], override_num_blocks=len(work.blocks)
        )
        done = blocks.map_batches(
            _BlockWorker,
            fn_constructor_args=args,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1),
            num_cpus=1,
            num_gpus=gpus,
        )
        for row in done.iter_rows():
            results.put(row["result"])
    except ray.exceptions.RayError as error:
        first = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        results.put(
            NegdataError(f"Ray gave the run up: {first[0]}", "What is done is kept; run the same command again.")
        )
    except BaseException as error:  # whatever it is, the thread that waits has to know
        results.put(error)
    else:
        results.put(None)


@dataclass(frozen=True, slots=True)
class _Driver:
    """What workers have to have in common with the process that began the run."""

    version: str
    folder: str


class _BlockWorker:
    """What Ray Data makes in each of its workers' processes."""

    def __init__(self, job: Job, work: Work, limits: Limits, foreman: Any, driver: _Driver) -> None:
        with suppress(OSError):  # for names that are relative to it; a node may do without
            os.chdir(driver.folder)
        # Of its own: signals of the process are Ray's, and the loop of the runner is the thread's.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="block")
        self._foreman = foreman
        self._problem: NegdataError | None = None
        self._worker: Worker | None = None
        if driver.version != __version__:
            self._problem = NegdataError(
                f"A worker has negdata {__version__}, and the run was begun with {driver.version}.",
                "Install the same version on every node of the cluster.",
            )
            return
        try:
            self._worker = self._thread.submit(Worker, job, work.folder, limits, self._report, self._pacing).result()
        except NegdataError as error:
            self._problem = error

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[_Result]]:
        return {"result": [self._work(int(number)) for number in batch["block"]]}

    def _work(self, number: int) -> _Result:
        import ray

        if self._worker is None:
            return _Result(error=self._problem)
        if ray.get(self._foreman.stopped.remote()) is not None:
            return _Result()
        try:
            done = self._thread.submit(self._worker.work, number).result()
        except NegdataError as error:
            return _Result(error=error)
        ray.get(self._foreman.finish.remote(number, done.told))
        return _Result(done=done)

    def _report(self, block: int, told: Told) -> Orders:
        import ray

        orders: Orders = ray.get(self._foreman.report.remote(block, told))
        return orders

    def _pacing(self, name: str | None, limits: Limits) -> Pacing:
        if limits.rpm is None and limits.tpm is None:
            return Pacing(limits)
        return Pacing(limits, _ForemansRates(self._foreman, name))


class _ForemansRates:
    """The rates of all workers together."""

    def __init__(self, foreman: Any, name: str | None) -> None:
        self._foreman = foreman
        self._name = name

    async def take(self, tokens: float) -> None:
        """See ``Rates``."""
        await self._foreman.take.remote(self._name, tokens)


def _foreman(ray: Any, limits: Limits) -> Any:
    """The foreman as an actor beside the driver: it lives as long as the run."""
    beside = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=False
    )
    # Requests that wait for their turn wait in the foreman, and reports have to get past them.
    at_once = limits.concurrency + _FURTHER_CALLS
    return ray.remote(Foreman).options(num_cpus=0, max_concurrency=at_once, scheduling_strategy=beside).remote(limits)


def _workers(ray: Any, work: Work, engine: EngineSettings) -> int:
    resources = ray.cluster_resources()
    if engine.workers is not None:
        workers = engine.workers
    else:
        workers = int(resources.get("GPU") or 0) if work.models else 0
        workers = workers or max(1, int(resources.get("CPU", 1)))
        if work.splits:
            workers = min(workers, work.limits.concurrency)
    if work.splits and workers > work.limits.concurrency:
        raise NegdataError(
            f"{workers} workers can't share {work.limits.concurrency} requests in flight.",
            "Raise --concurrency, which counts for all workers together, or give fewer --workers.",
        )
    if workers > resources.get("CPU", 0):
        raise NegdataError(
            f"{workers} workers need {workers} cores, and the Ray cluster has {resources.get('CPU', 0):g}.",
            "Give fewer --workers, or add nodes first.",
        )
    return min(workers, len(work.blocks))


def _share(work: Work, workers: int) -> Limits:
    """What each worker may ask: requests and tokens a minute are counted by the foreman, for all of them."""
    if not work.splits:
        return work.limits
    return replace(work.limits, concurrency=work.limits.concurrency // workers)
