"""A whole run of the engine on Ray with everything real but the captions and the model, which are stubs."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from negdata import api
from negdata.caption.summary import CaptionSummary
from negdata.idset import IdSet
from negdata.parts import KINDS, Parts
from negdata.progress import Progress
from tests.speed.common import print_table
from tests.speed.scale.light import light_work
from tests.speed.scale.processes import Watched, deleted_bytes
from tests.speed.scale.stub import install

_POLL_SECONDS = 0.5
_ROWS_SHOWN = 10


@dataclass(frozen=True)
class Simulation:
    """What is simulated.

    Attributes:
        rows: captions.
        latency: seconds for which the stub keeps each request.
        concurrency: requests in flight, of all workers together.
        workers: processes; 0 works in this one, without Ray.
        steps: ``propose,rewrite`` asks twice a caption, ``propose`` or ``rewrite`` alone once.
        candidates: objects that are looked up for a caption; 0 leaves that work out.
        cache: whether replies are kept.
        light: whether a caption is one request and nothing else; see ``light``.
    """

    rows: int
    latency: float = 0.5
    concurrency: int = 512
    workers: int = 2
    steps: str = "propose,rewrite"
    candidates: int = 24
    cache: bool = False
    light: bool = False

    @property
    def ideal(self) -> float:
        """Records a second that the model alone would allow."""
        requests = 1 if self.light else self.steps.count(",") + 1
        return self.concurrency / self.latency / requests if self.latency else float("inf")


@dataclass(frozen=True)
class Sample:
    """How far a run was at some time, in seconds from its beginning."""

    seconds: float
    read: int
    done: int
    resident: dict[str, int]


@dataclass
class Watch:
    """Looks at a run twice a second from a thread of its own; a context manager.

    Attributes:
        planned: seconds until the plan stood; None while it doesn't.
        planning: of the driver's core time, by then.
        blocks: bytes of the blocks' files.
        scratch: bytes of the driver's temporary files, at most.
    """

    out: Path
    samples: list[Sample] = field(default_factory=list)
    planned: float | None = None
    planning: float = 0.0
    blocks: int = 0
    scratch: int = 0
    read: int = 0
    done: int = 0
    watched: Watched = field(default_factory=Watched)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="watch", daemon=True)

    def on_rows(self, rows: int) -> None:
        """Takes how many rows are read."""
        self.read = rows

    def on_progress(self, progress: Progress) -> None:
        """Takes how far the records are."""
        self.done = progress.kept + progress.rejected + progress.failed

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            self.watched.look()
            if self.planned is None:
                self.scratch = max(self.scratch, deleted_bytes())
                if (self.out / ".working" / "plan.json").exists():
                    self.planned, self.planning = self.seconds, self.watched.seconds["driver"]
                    self.blocks = size_of(self.out / ".working" / "blocks")[1]
            self.samples.append(Sample(self.seconds, self.read, self.done, self.watched.resident))


def simulate(simulation: Simulation, folder: Path) -> None:
    """Runs it in a folder, or goes on there, and prints what it took."""
    install(folder / "plug-in")
    out = folder / "out"
    with light_work() if simulation.light else nullcontext(), Watch(out) as watch:
        summary = api.caption(
            str(simulation.rows),
            out=out,
            source_format="generated",
            backend="stub",
            model=str(simulation.latency),
            steps=simulation.steps,
            propose="model",
            candidates=simulation.candidates,
            concurrency=simulation.concurrency,
            timeout=600.0,
            engine="ray" if simulation.workers else "local",
            workers=simulation.workers or None,
            no_cache=not simulation.cache,
            on_progress=watch.on_progress,
            on_rows=watch.on_rows,
        )
        seconds = watch.seconds
    _print_times(simulation, watch, summary, seconds)
    _print_memory(simulation, watch)
    _print_files(out, watch, simulation.rows)
    _check_ids(out, simulation.rows)


def _print_times(simulation: Simulation, watch: Watch, summary: CaptionSummary, seconds: float) -> None:
    working = [sample for sample in watch.samples if 0 < sample.done < simulation.rows]
    if len(working) > 1:
        first, last = working[0], working[-1]
        rate = (last.done - first.done) / (last.seconds - first.seconds)
        started, ended = first.seconds, last.seconds
    else:
        rate, started, ended = float("nan"), float("nan"), float("nan")
    used = watch.watched.seconds
    print(f"A STUB for a model: {simulation}")
    planned = watch.planned or float("nan")
    print_table(
        ["", "seconds"],
        [
            ["reading and cutting into blocks", f"{planned:,.1f}"],
            ["until the first records were done", f"{started - planned:,.1f}"],
            ["working", f"{ended - started:,.1f}"],
            ["from then to the end", f"{seconds - ended:,.1f}"],
            ["all", f"{seconds:,.1f}"],
        ],
    )
    print_table(
        ["", "records/s"],
        [
            ["by the stub's latency alone", f"{simulation.ideal:,.0f}"],
            ["worked", f"{rate:,.0f}"],
            ["share", f"{rate / simulation.ideal:.1%}"],
        ],
    )
    planning = watch.planning
    spent = {
        "planning, in the driver": planning,
        "driver, after that": used.get("driver", 0.0) - planning,
        "workers": used.get("workers", 0.0),
        "foreman": used.get("foreman", 0.0),
        "Ray": used.get("Ray", 0.0),
    }
    print_table(
        ["a core's time", "seconds", "µs a record"],
        [[name, f"{seconds:,.1f}", f"{seconds / simulation.rows * 1e6:,.1f}"] for name, seconds in spent.items()],
    )
    holds = simulation.rows == summary.taken == summary.kept + summary.rejected + summary.failed
    print(
        f"in {summary.taken:,} = kept {summary.kept:,} + rejected {summary.rejected:,} + failed {summary.failed:,}: "
        f"{holds}; {summary.requests:,} requests"
    )


def _print_memory(simulation: Simulation, watch: Watch) -> None:
    groups = ("driver", "workers", "foreman")
    reading = [sample for sample in watch.samples if not sample.done]
    working = [sample for sample in watch.samples if sample.done]
    rows = []
    for percent in range(0, 101, 100 // _ROWS_SHOWN):
        of, far = (reading, "read") if percent == 0 else (working, "done")
        reached = [one for one in of if percent == 0 or 100 * one.done <= percent * simulation.rows]
        if reached:
            last = reached[-1]
            name = "planned" if far == "read" else f"{percent} %"
            rows.append([name, f"{last.seconds:,.0f}", *(f"{last.resident[group] / 1e6:,.0f}" for group in groups)])
    peaks = [max(sample.resident[group] for sample in watch.samples) for group in groups]
    rows.append(["peak", "", *(f"{peak / 1e6:,.0f}" for peak in peaks)])
    print_table(["records done", "after, s", *(f"{group}, MB" for group in groups)], rows)


def _print_files(out: Path, watch: Watch, rows: int) -> None:
    found = [(kind, *size_of(out / kind)) for kind in (*KINDS, "manifests")]
    found.append(("blocks, while it ran", 0, watch.blocks))
    found.append(("the driver's temporary files, at most", 0, watch.scratch))
    print_table(
        ["", "files", "MB", "bytes a record"],
        [[name, files or "", f"{size / 1e6:,.1f}", f"{size / rows:,.1f}"] for name, files, size in found],
    )


def _check_ids(out: Path, rows: int) -> None:
    ids = IdSet(rows)
    parts = Parts(out)
    lines = sum(ids.add(record["id"]) for kind in KINDS for record in parts.records(kind))
    print(f"each row's id is there once: {lines == len(ids) == rows}")


def size_of(folder: Path) -> tuple[int, int]:
    """How many files a folder has, and their bytes."""
    sizes = [file.stat().st_size for file in folder.glob("*")]
    return len(sizes), sum(sizes)
