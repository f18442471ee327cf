"""What has to be absent for a record to be true."""

from __future__ import annotations

from typing import Any

import pytest

from negdata.records import CaptionRecord
from negdata.verify import Question, question_of

ASKED = "Is there a dog on the couch?"


@pytest.mark.parametrize(
    ("fields", "question"),
    [
        ({"negated": "dog"}, Question("a.jpg", 7, "dog")),
        ({"negated": "dog", "kind": "object"}, Question("a.jpg", 7, "dog")),
        ({"negated": "dog", "kind": "object", "question": ASKED}, Question("a.jpg", 7, "dog", ASKED)),
        ({"negated": "asleep", "kind": "attribute", "question": "Is it?"}, Question("a.jpg", 7, "", "Is it?")),
        ({"negated": "running", "kind": "action", "question": "Is it?"}, Question("a.jpg", 7, "", "Is it?")),
        ({"negated": "two dogs", "kind": "count", "question": "Is it?"}, Question("a.jpg", 7, "", "Is it?")),
        ({"question": ASKED}, Question("a.jpg", 7, "", ASKED)),
        ({"question": ASKED, "kind": "object"}, Question("a.jpg", 7, "", ASKED)),
        ({"negated": "dog", "image": None, "image_id": None}, Question(None, None, "dog")),
        ({}, None),
        ({"negated": ""}, None),
        ({"negated": "", "question": ""}, None),
        ({"negated_caption": "No dog."}, None),
    ],
)
def test_what_is_asked(fields: dict[str, Any], question: Question | None) -> None:
    given: dict[str, Any] = {"id": "1", "image": "a.jpg", "image_id": 7, "caption": "A couch."}
    assert question_of(CaptionRecord(**(given | fields))) == question
