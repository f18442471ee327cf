"""The embedded backend: no model, the same words for the same seed."""

from __future__ import annotations

import orjson

from negdata.backends import make_backend
from negdata.backends.base import BackendOptions
from negdata.negation import check_negated_caption
from tests.backends.asking import ask, request


def test_same_seed_same_caption() -> None:
    replies = ask(make_backend("rules", BackendOptions()), *(request(seed=s) for s in (1, 1, 2, 3, 4, 5)), ready=True)
    texts = [orjson.loads(reply.text)["caption"] for reply in replies]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1
    assert all(check_negated_caption("A dog on a sofa.", text, "cat") is None for text in texts)
