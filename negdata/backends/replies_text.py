"""Finds the one JSON object in a free text reply, for servers that can't be held to a schema."""

from __future__ import annotations

import json
import re

import orjson

from negdata.backends.base import BadReply

_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_MOST_CHARACTERS = 20_000


def json_object(text: str) -> str:
    """The single JSON object of a text, be it bare, fenced or between words; raises BadReply for none or several."""
    if len(text) > _MOST_CHARACTERS:
        raise BadReply(f"the reply has {len(text):,} characters")
    stripped = text.strip()
    if fenced := _FENCE.fullmatch(stripped) or _FENCE.search(stripped):
        stripped = fenced[1].strip()
    found: list[object] = []
    decoder = json.JSONDecoder()
    position = stripped.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(stripped, position)
        except (ValueError, RecursionError):
            position = stripped.find("{", position + 1)
            continue
        found.append(value)
        position = stripped.find("{", end)
    if len(found) != 1:
        number = "no" if not found else str(len(found))
        raise BadReply(f"the reply holds {number} JSON objects where one was asked for: {stripped[:80]!r}")
    try:
        return orjson.dumps(found[0]).decode()
    except (TypeError, orjson.JSONEncodeError) as error:
        raise BadReply(f"the reply's JSON can't be read: {error}") from error
