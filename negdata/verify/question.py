"""What has to be absent for a caption record to be true."""

from __future__ import annotations

from negdata.records import CaptionRecord
from negdata.verify.base import Question


def question_of(record: CaptionRecord) -> Question | None:
    """The question that a verifier is asked about a record; None where it doesn't say what it denies.

    A visual question is asked again as it was: yes means that what its negation denies is there.
    """
    text = record.question if record.question and record.kind != "object" else ""
    if not text and not record.negated:
        return None
    return Question(record.image, record.image_id, record.negated or "", text)
