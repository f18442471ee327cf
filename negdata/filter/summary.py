"""What a filter run came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from negdata.filter.marks import MarkCounts
from negdata.records import CaptionRecord


class VerdictCounts(BaseModel):
    """How often a verifier had the last word, and which."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verifier: str
    model: str | None
    absent: int
    present: int
    unsure: int


class FilterSummary(BaseModel):
    """The figures of a filter run; ``taken = kept + rejected + failed`` always holds of a finished one.

    Attributes:
        reasons: rejected and failed rows by reason code.
        verdicts: by verifier, those of earlier runs on the same output included.
        marks: what became of the marks of people; None where there were none.
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
    verdicts: list[VerdictCounts]
    marks: MarkCounts | None = None
    requests: int
    cached: int
    prompt_tokens: int
    seconds: float
    unused_columns: list[str] = []
    notes: list[str] = []
    examples: list[CaptionRecord] = []


def count_verdicts(records: Iterable[dict[str, Any]]) -> list[VerdictCounts]:
    """The verdicts on the records of a finished run, by verifier and model."""
    counts: dict[tuple[str, str | None], Counter[bool | None]] = {}
    for record in records:
        verdict = record.get("verdict")
        if verdict is not None:
            who = str(verdict["verifier"]), verdict.get("model")
            counts.setdefault(who, Counter())[verdict["present"]] += 1
    return [
        VerdictCounts(verifier=name, model=model, absent=said[False], present=said[True], unsure=said[None])
        for (name, model), said in sorted(counts.items(), key=str)
    ]
