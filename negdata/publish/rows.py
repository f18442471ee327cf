"""A record as it is published, and why one isn't."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pydantic import JsonValue

from negdata.caption.outcomes import rejected
from negdata.exclusion import Exclusion
from negdata.imagenames import base_name
from negdata.publish.columns import IdType, IdTypes
from negdata.records import CaptionRecord, Rejected
from negdata.redact import redact

_PATH = re.compile(r"[/~\\]|[A-Za-z]:[\\/]|file:", re.IGNORECASE)
_HOME = re.compile(r"(?:[A-Za-z]:)?[\\/]+(?:home|users|root)[\\/]+(?:[^\s,;]*[\\/])?", re.IGNORECASE)
_LARGEST = 1 << 63


@dataclass(frozen=True, slots=True)
class Original:
    """An image's file: its bytes, and the suffix that its true format has."""

    content: bytes
    suffix: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record to be written, with its image where images are."""

    record: CaptionRecord
    original: Original | None = None


def published(record: CaptionRecord) -> CaptionRecord:
    """The record without what is nobody's business: models lose the folder they lay in, and whatever looks secret."""
    verdict, made_by = record.verdict, record.made_by
    if verdict is not None:
        verdict = verdict.model_copy(
            update={"verifier": _public(verdict.verifier), "model": _public_or_none(verdict.model)}
        )
    if made_by is not None:
        made_by = made_by.model_copy(
            update={"model": _public(made_by.model), "prompt": _public_or_none(made_by.prompt)}
        )
    return record.model_copy(update={"verdict": verdict, "made_by": made_by})


def unfit(record: CaptionRecord, exclusion: Exclusion) -> Rejected | None:
    """Why a record isn't published: no negated caption, a verdict other than "absent", or a benchmark's image."""
    if not (record.negated_caption or "").strip():
        return rejected(record, "not-negated", "it has no negated caption")
    verdict = record.verdict
    if verdict is not None and verdict.present is not False:
        said = "finds it present" if verdict.present else "can't tell"
        return rejected(record, "present" if verdict.present else "unsure", f"{verdict.verifier} {said}")
    finding = exclusion.finding(record)
    return rejected(record, finding.reason, finding.detail) if finding is not None else None


def too_large(record: CaptionRecord) -> str | None:
    """The number that no column holds, or None."""
    made_by = record.made_by
    for name in ("seed", "attempts", "proposals"):
        value = getattr(made_by, name, None)
        if value is not None and not _fits(value):
            return f"made_by.{name} is beyond 64 bits"
    return None


def values(record: CaptionRecord, ids: IdTypes) -> dict[str, JsonValue]:
    """The record's values by column; ids as the columns have them."""
    row = record.model_dump(mode="json")
    for name in ("image_id", "caption_id"):
        if getattr(ids, name) == "string" and row[name] is not None:
            row[name] = str(row[name])
    return row


def widened(ids: IdTypes, record: CaptionRecord) -> IdTypes:
    """The types that hold this record's ids, too: text where one is text, or a number beyond 64 bits."""
    image_id, caption_id = _type(record.image_id, ids.image_id), _type(record.caption_id, ids.caption_id)
    if (image_id, caption_id) == (ids.image_id, ids.caption_id):
        return ids
    return replace(ids, image_id=image_id, caption_id=caption_id)


def _type(value: int | str | None, before: IdType) -> IdType:
    return before if value is None or (isinstance(value, int) and _fits(value)) else "string"


def _fits(number: int) -> bool:
    return -_LARGEST <= number < _LARGEST


def _public(text: str) -> str:
    text = redact(text)
    text = base_name(text) if _PATH.match(text) else text
    return _HOME.sub("", text)


def _public_or_none(text: str | None) -> str | None:
    return None if text is None else _public(text)
