"""Reads a model's structured answer: one JSON object with one text value."""

from __future__ import annotations

import unicodedata

import orjson

from negdata.backends.base import BadReply, Reply

MAX_ANSWER_CHARACTERS = 8_000


def parse_object_name(reply: Reply) -> str:
    """The object that a model proposes; raises BadReply."""
    name = " ".join(_value(reply.text, "object").split()).strip(" .,;:!\"'`")
    lowered = name.lower()
    for article in ("a ", "an ", "the ", "any ", "some ", "no "):
        lowered = lowered.removeprefix(article)
    if not lowered:
        raise BadReply("the proposed object is empty")
    return lowered


def parse_caption(reply: Reply) -> str:
    """The caption that a model writes; raises BadReply."""
    caption = " ".join(_value(reply.text, "caption").split())
    if not caption:
        raise BadReply("the caption is empty")
    return caption


def _value(text: str, key: str) -> str:
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise BadReply(f"the reply has {len(text):,} characters")
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadReply(f"the reply is not JSON: {text[:80]!r}") from error
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise BadReply(f"the reply has no text under {key!r}: {text[:80]!r}")
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in value):
        raise BadReply("the reply holds control characters")
    return value
