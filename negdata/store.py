"""Append-only JSONL with resume: what a stage made is on disk at once, and is never made again.

Beside ``OUT.jsonl`` (kept) lie ``OUT.rejected.jsonl``, ``OUT.failed.jsonl``, ``OUT.manifest.json`` and, while a run is
under way, ``OUT.lock``. What is kept or rejected is done; what failed is tried again by the next run, which therefore
begins with an empty failed file: no record is ever in two files.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import JsonValue

from negdata.errors import Interrupted, NegdataError
from negdata.idset import IdSet
from negdata.linefile import LineFile
from negdata.locks import OutputLock
from negdata.manifest import (
    Counts,
    Manifest,
    State,
    Usage,
    clean_settings,
    now,
    read_manifest,
    refuse_other_settings,
    settings_hash,
)
from negdata.records import Failed, Kept, Outcome, Record, json_line
from negdata.redact import redact
from negdata.throughput import Throughput
from negdata.whole_files import beside, write_error

SYNC_SECONDS = 2.0
MANIFEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """The files of an output."""

    kept: Path
    rejected: Path
    failed: Path
    manifest: Path
    lock: Path

    @classmethod
    def of(cls, out: Path) -> OutputPaths:
        """The files that belong to ``OUT.jsonl``."""
        stem = out.name.removesuffix(".jsonl")
        return cls(
            kept=out,
            rejected=out.with_name(f"{stem}.rejected.jsonl"),
            failed=out.with_name(f"{stem}.failed.jsonl"),
            manifest=out.with_name(f"{stem}.manifest.json"),
            lock=out.with_name(f"{stem}.lock"),
        )

    @property
    def lines(self) -> tuple[Path, Path, Path]:
        """The files of records."""
        return self.kept, self.rejected, self.failed

    def holds(self, path: Path) -> bool:
        """Whether a path is that of one of the files, which a run would write over."""
        files = (*self.lines, self.manifest, self.lock)
        return path.resolve() in {file.resolve() for file in files}


def open_store(
    out: Path,
    settings: Mapping[str, JsonValue],
    *,
    command: str,
    fresh: bool = False,
    expected: int = 0,
    extra: Mapping[str, JsonValue] | None = None,
) -> Store:
    """Opens an output to write to, or to go on with.

    Args:
        out: the path of the kept records, ``OUT.jsonl``.
        settings: all that shapes the records; a later run with others is refused.
        command: the command line, for the manifest and the lock; secrets in it are masked.
        fresh: whether what is there is deleted first.
        expected: how many records will come, where that is known: their ids are given room at once.
        extra: what the command has to say in the manifest from the beginning.

    Raises:
        NegdataError: another run writes there, the output was made with other settings or by something else, or a
            file can't be read or written.
    """
    paths = OutputPaths.of(out)
    if out.is_dir():
        raise NegdataError(f"The output {out} is a folder.", "Give the path of a .jsonl file.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(out, error) from error
    with ExitStack() as undo:
        lock = OutputLock(paths.lock, out, command)
        undo.callback(lock.release)
        store = Store(
            paths, lock, clean_settings(settings), redact(command), fresh=fresh, expected=expected, extra=extra or {}
        )
        undo.pop_all()
    return store


class Store:
    """An output that is being written. Made by ``open_store``; a context manager that closes it.

    Attributes:
        counts: records in, kept, rejected and failed, those of earlier runs included.
        resumed: records that earlier runs had done when this one began.
        reasons: rejected records by reason; ``errors``: failed records by error.
    """

    def __init__(
        self,
        paths: OutputPaths,
        lock: OutputLock,
        settings: dict[str, JsonValue],
        command: str,
        *,
        fresh: bool,
        expected: int,
        extra: Mapping[str, JsonValue],
    ) -> None:
        self.paths = paths
        self.counts = Counts()
        self.reasons: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.resumed = 0
        self._lock = lock
        self._earlier = IdSet()
        self._written = IdSet(expected)
        self._began = time.monotonic()
        self._sync_due = self._began + SYNC_SECONDS
        self._manifest_due = self._began + MANIFEST_SECONDS
        self._usage = Usage()
        before = _prepare(paths, settings, fresh=fresh)
        self._before = before
        self.manifest = Manifest(
            command=command,
            settings=settings,
            settings_hash=settings_hash(settings),
            started=before.started if before else now(),
            runs=before.runs + 1 if before else 1,
            usage=before.usage if before else Usage(),
            seconds=before.seconds if before else 0.0,
            progress=before.progress if before else [],
            extra=dict(extra),
        )
        self._throughput = Throughput(self.manifest.progress)
        # The manifest is there before the first record: records without one are someone else's.
        self.manifest.write(paths.manifest)
        with ExitStack() as undo:
            self._kept = LineFile(paths.kept)
            undo.callback(self._kept.close)
            self._rejected = LineFile(paths.rejected)
            undo.callback(self._rejected.close)
            self._failed = LineFile(paths.failed)
            undo.callback(self._failed.close)
            self._failed.empty()
            self._read_done()
            self._close_files = undo.pop_all()

    def is_done(self, id: str) -> bool:
        """Whether an earlier run kept or rejected the record."""
        return id in self._earlier

    def write(self, outcome: Outcome) -> None:
        """Appends an outcome to its file.

        Raises:
            NegdataError: the disk is full or the file can't be written; the file ends with a whole line.
            RuntimeError: the id was written before.
        """
        record = outcome.record
        if record.id in self._earlier or not self._written.add(record.id):
            raise RuntimeError(f"the record {record.id!r} was written before")
        if isinstance(outcome, Kept):
            self._kept.append(record.to_line())
            self.counts.kept += 1
        elif isinstance(outcome, Failed):
            self._failed.append(_failed_line(record, outcome.error))
            self.counts.failed += 1
            self.errors[outcome.error] += 1
        else:
            self._rejected.append(record.to_line())
            self.counts.rejected += 1
            self.reasons[outcome.reason] += 1

    def checkpoint(self, usage: Usage) -> None:
        """Flushes to disk and renews the manifest, where the time for it has come; cheap to call often."""
        now = time.monotonic()
        self._usage = usage
        self._throughput.add(self._seconds(), self.counts.kept, self.counts.rejected, self.counts.failed)
        if now >= self._sync_due:
            self._sync()
            self._sync_due = time.monotonic() + SYNC_SECONDS
        if now >= self._manifest_due:
            self._write_manifest("running")
            self._manifest_due = time.monotonic() + MANIFEST_SECONDS

    def settle(self, state: State, usage: Usage, taken: int | None = None, passed_over: int = 0) -> None:
        """Flushes everything and writes the manifest's last state.

        Args:
            state: how the run ended.
            usage: what this run asked of its backend.
            taken: how many records the source gave, for a finished run: the equation is checked against it.
            passed_over: how many of them earlier runs had done.

        Raises:
            NegdataError: the equation doesn't hold, or the disk is full.
        """
        self._usage = usage
        self._sync()
        if state == "finished":
            self._check(taken, passed_over)
        self.counts.taken = self.counts.accounted
        self._write_manifest(state)

    def finish(self, extra: Mapping[str, JsonValue]) -> None:
        """Adds what the command has to say to the manifest of a run that ended."""
        self.manifest.extra.update(extra)
        self._write_manifest(self.manifest.state)

    def close(self) -> None:
        """Closes the files and lets go of the lock; further calls do nothing."""
        self._close_files.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self.manifest.state == "running":
                # The error that ended the run is the one to show, not that of a manifest on a full disk.
                interrupted = isinstance(error, Interrupted | KeyboardInterrupt)
                with suppress(NegdataError):
                    self.settle("interrupted" if interrupted else "stopped", self._usage)
        finally:
            self.close()

    def _read_done(self) -> None:
        for file in (self._kept, self._rejected):
            for number, record in file.records():
                if not self._earlier.add(record["id"]):
                    raise NegdataError(
                        f"Line {number} of {file.path} repeats the id {record['id']!r}.",
                        "Remove that line, or start over with --fresh.",
                    )
                if file is self._kept:
                    self.counts.kept += 1
                else:
                    self.counts.rejected += 1
                    self.reasons[str(record.get("reason", "unknown"))] += 1
        self.resumed = self.counts.accounted

    def _sync(self) -> None:
        for file in (self._kept, self._rejected, self._failed):
            file.sync()

    def _check(self, taken: int | None, passed_over: int) -> None:
        for file in (self._kept, self._rejected, self._failed):
            file.check_size()
        # A run over fewer rows than an earlier one leaves those beyond as they are.
        beyond = self.resumed - passed_over
        if taken is not None and (beyond < 0 or taken != self.counts.accounted - beyond):
            raise NegdataError(
                f"{self.paths.kept} doesn't add up: {taken:,} records came in, {passed_over:,} of {self.resumed:,} done"
                f" earlier, but {self.counts.kept:,} kept + {self.counts.rejected:,} rejected + "
                f"{self.counts.failed:,} failed = {self.counts.accounted:,}.",
                "The source gave an id twice or changed between two runs: start over with --fresh.",
            )

    def _seconds(self) -> float:
        """What this run took until now, and those before it on the same output."""
        return time.monotonic() - self._began + (self._before.seconds if self._before else 0.0)

    def _write_manifest(self, state: State) -> None:
        manifest, before = self.manifest, self._before
        manifest.state = state
        manifest.counts = self.counts.model_copy(update={"taken": self.counts.accounted})
        manifest.reasons = dict(self.reasons.most_common())
        manifest.errors = dict(self.errors.most_common())
        manifest.usage = self._usage.plus(before.usage) if before else self._usage
        manifest.seconds = round(self._seconds(), 3)
        manifest.progress = self._throughput.until(
            manifest.seconds, self.counts.kept, self.counts.rejected, self.counts.failed
        )
        manifest.finished = None if state == "running" else now()
        manifest.write(self.paths.manifest)


def _prepare(paths: OutputPaths, settings: dict[str, JsonValue], *, fresh: bool) -> Manifest | None:
    """Clears leftovers and, if asked, everything; gives the manifest of the run to go on with."""
    _remove(beside(paths.manifest))
    if fresh:
        # Records before the manifest: killed in between, what is left is still known to be ours.
        for path in (*paths.lines, paths.manifest):
            _remove(path)
        return None
    before = read_manifest(paths.manifest)
    if before is None:
        for path in paths.lines:
            if path.exists() and path.stat().st_size > 0:
                raise NegdataError(
                    f"{path} is there already, and no manifest beside it says that negdata made it.",
                    "Give another --out, or --fresh to replace it.",
                )
        return None
    refuse_other_settings(paths.kept, before.settings, settings)
    return before


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def _failed_line(record: Record, error: str) -> bytes:
    if getattr(record, "error", None) is not None:
        return record.to_line()
    return json_line({**record.model_dump(mode="json", exclude_none=True), "error": error})
