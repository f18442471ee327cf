"""How a caption that goes no further is written down."""

from __future__ import annotations

from negdata.records import CaptionRecord, Rejected, RejectedCaption


def rejected(record: CaptionRecord, reason: str, detail: str | None, written: str | None = None) -> Rejected:
    """The record with the reason, and with the last caption that was ``written`` for it, if one was."""
    fields = record.model_dump()
    if written is not None:
        fields["negated_caption"] = written
    return Rejected(RejectedCaption(**fields, reason=reason, detail=detail), reason)
