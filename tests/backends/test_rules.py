"""The embedded backend: no model, the same words for the same seed."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from negdata.backends import make_backend
from negdata.backends.base import BackendOptions, Declined
from negdata.negation import check_negated_caption, check_question_caption
from tests.backends.asking import ask, request


def test_same_seed_same_caption() -> None:
    replies = ask(make_backend("rules", BackendOptions()), *(request(seed=s) for s in (1, 1, 2, 3, 4, 5)), ready=True)
    texts = [orjson.loads(reply.text)["caption"] for reply in replies]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1
    assert all(check_negated_caption("A dog on a sofa.", text, "cat") is None for text in texts)


def answer(caption: str, question: str, seed: int = 0) -> dict[str, str]:
    """What the backend answers to a question that is answered "no"."""
    asked = replace(request(seed=seed), task="question", inputs={"caption": caption, "question": question})
    (reply,) = ask(make_backend("rules", BackendOptions()), asked, ready=True)
    told: dict[str, str] = orjson.loads(reply.text)
    return told


def test_a_question_is_folded_into_a_caption() -> None:
    told = answer("A dog on a sofa.", "Is the dog wearing a hat?")
    assert check_question_caption("A dog on a sofa.", told["caption"], "Is the dog wearing a hat?") is None
    assert (told["kind"], told["negated"]) == ("action", "wearing a hat")
    assert told["construction"]


def test_a_question_without_a_caption_is_a_sentence() -> None:
    told = answer("", "Is there a dog?")
    assert told == {"caption": "There is no dog.", "construction": "standalone", "kind": "object", "negated": "dog"}


@pytest.mark.parametrize(
    ("caption", "question", "reason"),
    [
        ("A dog on a sofa.", "What is the dog doing?", "not-a-yes-no-question"),
        ("A dog on a sofa.", "Is the dog on the sofa?", "contradiction"),
        ("A dog on a sofa.", "", "not-a-yes-no-question"),
    ],
)
def test_a_question_is_declined_with_its_reason(caption: str, question: str, reason: str) -> None:
    with pytest.raises(Declined) as caught:
        answer(caption, question)
    assert caught.value.code == reason
