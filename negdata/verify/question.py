"""What has to be absent for a caption record to be true."""

from __future__ import annotations

from negdata.records import CaptionRecord
from negdata.verify.base import Question


def question_of(record: CaptionRecord) -> Question | None:
    """The question that a verifier is asked about a record; None where it doesn't say what it denies.

    A visual question is asked again as it was: "no dog on the couch" is true where a dog lies on the floor.
    """
    if not record.question and not record.negated:
        return None
    names_object = not record.question or record.kind == "object"
    return Question(
        record.image, record.image_id, (record.negated or "") if names_object else "", record.question or ""
    )
