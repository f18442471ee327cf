"""The schemas of negdata's files: one pydantic model a record, one record a line.

What negdata writes is exact (unknown keys are refused); keys stand in the model's order and keys
without a value are left out, so that equal records are equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jsonlines
import orjson
from pydantic import BaseModel, ConfigDict, JsonValue, model_serializer

Pipeline = Literal["objects", "random", "vqa"]
Kind = Literal["object", "action", "attribute", "relation", "count"]


def json_line(fields: dict[str, JsonValue]) -> bytes:
    """A line of UTF-8 JSON, newline included; integers of any size, which others' files do hold."""
    try:
        return orjson.dumps(fields) + b"\n"
    except TypeError:
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON lines file of ours, one by one; raises jsonlines.InvalidLineError where a line is none."""
    # json.loads, since orjson makes floats of integers beyond 64 bits.
    with jsonlines.open(path, loads=json.loads) as lines:
        yield from lines.iter(type=dict)


class Record(BaseModel):
    """What every line of every file of ours has in common: a stable id, the resume key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str

    def to_line(self) -> bytes:
        """This record as one line of UTF-8 JSON, newline included."""
        return json_line(self.model_dump(mode="json", exclude_none=True))


class Verdict(BaseModel):
    """A judge's word on whether the negated object is in the image.

    ``p_present`` is a probability in [0, 1], or None where the judge gives none; ``present`` is None where it can't
    tell. In a file both are there even if they are null: a verdict without a probability shows that it has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    p_present: float | None = None
    present: bool | None = None
    verifier: str
    model: str | None = None

    @model_serializer
    def _with_nulls(self) -> dict[str, JsonValue]:
        named = {"model": self.model} if self.model is not None else {}
        return {"p_present": self.p_present, "present": self.present, "verifier": self.verifier, **named}


class MadeBy(BaseModel):
    """What wrote a negated caption: enough to write it again.

    ``proposals`` is the number of objects that were put to a verifier, the one that was found absent included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: str
    model: str
    prompt: str | None = None
    construction: str | None = None
    seed: int
    attempts: int
    proposals: int | None = None


class CaptionRecord(Record):
    """A caption on its way through the pipeline; it grows, and no stage removes a key.

    ``image`` is relative to ``--images``: never absolute, never with "..". ``kind`` says what a visual question's
    negation denies.
    """

    image: str | None = None
    image_id: int | str | None = None
    caption_id: int | str | None = None
    caption: str
    pipeline: Pipeline | None = None
    question: str | None = None
    kind: Kind | None = None
    negated: str | None = None
    negated_caption: str | None = None
    false_caption: str | None = None
    verdict: Verdict | None = None
    made_by: MadeBy | None = None


class CheckedAnswer(Record):
    """A verifier's verdict on a question whose answer is known; ``truth`` says whether the object is present."""

    image: str | None = None
    image_id: int | str | None = None
    object: str | None = None
    question: str | None = None
    truth: bool
    verdict: Verdict


class Mark(Record):
    """What a person who looked says of a record: ``mark`` is None where there is only a note.

    ``negated_caption`` is the one that was looked at: a mark is not for another that its record may have by now.
    """

    mark: Literal["right", "wrong"] | None = None
    note: str | None = None
    negated_caption: str | None = None


class RejectedCaption(CaptionRecord):
    """A line of ``OUT.rejected.jsonl``: the record as far as it came, and why it went no further."""

    reason: str
    detail: str | None = None


class FailedCaption(Record):
    """A line of ``OUT.failed.jsonl``: tolerant about ``caption``, which may be what is wrong."""

    image: str | None = None
    image_id: int | str | None = None
    caption_id: int | str | None = None
    caption: JsonValue = None
    negated: str | None = None
    error: str
    message: str

    @classmethod
    def of(cls, record: CaptionRecord, error: str, message: str) -> FailedCaption:
        """A record that can't be used, and why."""
        return cls(
            id=record.id,
            image=record.image,
            image_id=record.image_id,
            caption_id=record.caption_id,
            caption=record.caption,
            negated=record.negated,
            error=error,
            message=message,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that passed a stage."""

    record: Record


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that a stage turned down; ``reason`` is its reason code."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that a stage could not finish; a later run tries it again."""

    record: Record
    error: str


Outcome = Kept | Rejected | Failed
