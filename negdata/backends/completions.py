"""Reads a chat completion of OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import JsonValue

from negdata.backends.base import BadReply, Refused, Reply
from negdata.backends.logprobs import LogprobsMissing, first_token_masses
from negdata.backends.replies_text import json_object


def read_text(content: bytes, *, structured: bool) -> Reply:
    """The reply's text.

    Args:
        content: the body of the server's answer.
        structured: the text is free, and one JSON object is to be found in it.

    Raises:
        BadReply: no chat completion, an empty reply, one that was cut off.
        Refused: the server's content filter cut the reply.
    """
    document, choice, message = _parts(content)
    if choice.get("finish_reason") == "length":
        raise BadReply("the reply was cut off at its longest")
    text = message.get("content")
    if not isinstance(text, str) or not text.strip():
        raise BadReply("the reply is empty")
    return _reply(document, json_object(text) if structured else text)


def read_masses(content: bytes, choices: Sequence[str]) -> Reply:
    """The reply's text, cut off or empty though it be, with the probabilities of the choices at its first token.

    Raises:
        LogprobsMissing: none are there, or they are those of a reasoning that comes before the answer.
        BadReply: no chat completion.
        Refused: the server's content filter cut the reply.
    """
    document, choice, message = _parts(content)
    text = message.get("content")
    text = text if isinstance(text, str) else ""
    if message.get("refusal"):
        raise BadReply("the model refuses to answer")
    reasons = message.get("reasoning_content") or message.get("reasoning") or text.lstrip().startswith("<think")
    masses = None if reasons else first_token_masses(choice.get("logprobs"), choices)
    if masses is None:
        raise LogprobsMissing
    return _reply(document, text, masses)


def _parts(content: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
    try:
        document = orjson.loads(content)
        choice = document["choices"][0]
        message = choice["message"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError) as error:
        raise BadReply(f"the server's answer is no chat completion: {content[:80]!r}") from error
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise BadReply(f"the server's answer is no chat completion: {content[:80]!r}")
    if choice.get("finish_reason") == "content_filter":
        raise Refused("the server's content filter cut the reply")
    return document, choice, message


def _reply(document: Mapping[str, Any], text: str, masses: tuple[float, ...] | None = None) -> Reply:
    usage = document.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    return Reply(text, _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")), masses)


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
