"""What a caption run came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from negdata.records import CaptionRecord


class CaptionSummary(BaseModel):
    """The figures of a caption run; ``taken = kept + rejected + failed`` always holds of a finished one.

    Attributes:
        taken: rows that the run was to caption, those of earlier runs on the same output included.
        resumed: rows that an earlier run had done.
        reasons: rejected and failed rows by reason code.
        proposals_per_caption: objects that were put to the verifiers for each kept caption, on average; None where none
            were checked.
        false_captions: kept rows with a false caption; None where none was asked for.
        unused_columns: columns of the source that no record carries.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: str
    taken: int
    kept: int
    rejected: int
    failed: int
    resumed: int
    reasons: dict[str, int]
    requests: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    backend: str
    model: str
    proposals_per_caption: float | None = None
    false_captions: int | None = None
    unused_columns: list[str] = []
    notes: list[str] = []
    examples: list[CaptionRecord] = []


def mean_proposals(records: Iterable[dict[str, Any]]) -> float | None:
    """How many objects were put to the verifiers for each kept caption, on average; None where none were."""
    captions = proposals = 0
    for record in records:
        made_by = record.get("made_by") or {}
        if "proposals" in made_by:
            captions += 1
            proposals += int(made_by["proposals"])
    return round(proposals / captions, 3) if captions else None


def count_false_captions(records: Iterable[dict[str, Any]]) -> int:
    """How many records have a false caption."""
    return sum("false_caption" in record for record in records)
