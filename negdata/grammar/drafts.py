"""A possible negated caption: where words go into the original, and how the result is put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from negdata.grammar import lexicon as lex
from negdata.grammar.analysis import Analysis

Position = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One way to say it.

    Attributes:
        construction: its name, as it stands in the record's ``made_by``.
        weight: how often it is chosen, beside the others of its position.
        at: character offset of ``words``; for "start" and for a sentence of its own it isn't used.
        words: what is inserted, with the space or comma before it.
        sentence: whether ``words`` is a sentence of its own, after the whole caption.
    """

    construction: str
    position: Position
    weight: float
    at: int
    words: str
    sentence: bool = False


def compose(a: Analysis, draft: Draft) -> str:
    """The caption with the draft's words in it."""
    words = draft.words.upper() if a.shouting else draft.words
    body = a.text[: a.end]
    if draft.position == "start":
        if body[:1].isupper() or not body[:1].isalpha():
            words = words[:1].upper() + words[1:]
        return words + _lower_first(a, body) + a.final + a.rest
    if draft.sentence:
        capital = words[:1].upper() + words[1:]
        whole = body + a.final + a.rest if a.rest else body + (a.final or ".")
        if whole[-1:] not in '.!?…"”)':
            whole += "."
        return f"{whole} {capital}."
    before, after = body[: draft.at], body[draft.at :]
    if words.endswith(",") and (after.startswith(",") or not after):
        words = words[:-1]
    if before.endswith(",") and words.startswith(","):
        words = words[1:]
    return before + words + after + a.final + a.rest


def can_lower_first(a: Analysis) -> bool:
    """Whether the caption's first word may stand inside a sentence: it isn't a name."""
    token = a.tokens[0]
    return token.text[:1].islower() or a.shouting or token.tag != "NOUN" or token.lower in lex.COMMON_OPENERS


def _lower_first(a: Analysis, body: str) -> str:
    if a.shouting or (len(a.tokens[0].text) > 1 and a.tokens[0].text.isupper()) or a.tokens[0].lower in ("i", "i'm"):
        return body
    return body[:1].lower() + body[1:]
