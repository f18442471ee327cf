"""``curve.jsonl``: how a training went, a line a step and one a validation; and the same for TensorBoard."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from negdata.errors import NegdataError
from negdata.sources.base import read_bytes
from negdata.whole_files import write_error

CURVE = "curve.jsonl"
LOSS = "loss"
"""The key of what validation is about first."""
_NOT_DRAWN = frozenset({"step", "epoch"})


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)


class StepLine(_Line):
    """A step of the optimizer. What is no finite number is None, as JSON has none.

    Attributes:
        step: counted from 1 over the whole run.
        epoch: epochs that are done, with the share of the one under way.
        loss: the sum of ``infonce``, the three contrasts and ``anchor``, with their weights at the run's last step.
        contrast_captions: None where the recipe has none, as ``contrast_swaps``, ``contrast_images`` and ``anchor``.
        logit_scale: what similarities are multiplied by.
        grad_norm: before it is clipped; None where nobody measured it.
        seconds: since the run began.
    """

    loss: float | None
    infonce: float | None
    contrast_captions: float | None = None
    contrast_swaps: float | None = None
    contrast_images: float | None = None
    anchor: float | None = None
    lr: float
    logit_scale: float | None
    grad_norm: float | None = None
    seconds: float


class ValidationLine(_Line):
    """A validation, after this many steps; ``validation`` has at least ``loss``."""

    validation: dict[str, float | None]


CurveLine = StepLine | ValidationLine
_LINE: TypeAdapter[CurveLine] = TypeAdapter(CurveLine)


def curve_line(line: CurveLine) -> bytes:
    """The line as the file has it, newline included."""
    return orjson.dumps(line.model_dump(), option=orjson.OPT_APPEND_NEWLINE)


def read_curve(path: Path) -> list[CurveLine]:
    """All lines; what follows the last newline was being written when a run died, and is none.

    Raises:
        NegdataError: the file can't be read, or a line is none of these.
    """
    *whole, _torn = read_bytes(path).split(b"\n")
    return [_read(path, number, line) for number, line in enumerate(whole, 1)]


def _read(path: Path, number: int, line: bytes) -> CurveLine:
    try:
        return _LINE.validate_python(orjson.loads(line))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise NegdataError(
            f"Line {number} of {path} is neither a step nor a validation.",
            "Remove that line, or start over with --fresh.",
        ) from error


@contextmanager
def track(folder: Path, done: int = 0) -> Iterator[Callable[[CurveLine], None]]:
    """Writes lines as TensorBoard's events into a folder: ``train/loss``, ``validation/loss`` and so on, by step.

    Args:
        done: steps that aren't made again; events of later ones, which a run left that was killed, no longer count.

    Raises:
        NegdataError: TensorBoard is not installed, or the folder can't be written.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError as error:
        raise NegdataError("TensorBoard is not installed.", 'Run: pip install "negdata[track]"') from error

    # Not torch's writer: it writes in a thread, where a full disk is a traceback.
    path = folder / f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
    with ExitStack() as closing:
        with _told(path):
            folder.mkdir(parents=True, exist_ok=True)
            file = path.open("xb")
        closing.callback(_close, file)
        records = RecordWriter(file)

        def put(**content: Any) -> None:
            records.write(Event(wall_time=time.time(), **content).SerializeToString())

        def write(line: CurveLine) -> None:
            kind, values = _tracked(line)
            told = [
                Summary.Value(tag=f"{kind}/{name}", simple_value=value)
                for name, value in values.items()
                if value is not None
            ]
            with _told(path):
                put(step=line.step, summary=Summary(value=told))
                file.flush()

        with _told(path):
            put(file_version="brain.Event:2")
            put(step=done + 1, session_log=SessionLog(status=SessionLog.START))
        yield write
        with _told(path):
            file.flush()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


def _close(file: BinaryIO) -> None:
    with suppress(OSError):  # what is still in its buffer failed before
        file.close()


def _tracked(line: CurveLine) -> tuple[str, dict[str, float | None]]:
    if isinstance(line, ValidationLine):
        return "validation", line.validation
    return "train", line.model_dump(exclude=set(_NOT_DRAWN))
