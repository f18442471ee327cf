"""Cuts a caption into words and marks, and its text into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\b(?:[A-Za-z]\.){2,}"  # U.S.
    r"|[^\W_]+(?:[-'’/&.@][^\W_]+)*[.'’]?(?<![.'’])"
    r"|w/|\.{2,}|[^\w\s]|_+"
)
_QUOTES = frozenset('"“”«»„`')
_STOPS = frozenset(".!?")


@dataclass(slots=True)
class Token:
    """A word or a mark; ``start`` and ``end`` are character offsets; ``tag`` is set by ``tagging``."""

    text: str
    lower: str
    start: int
    end: int
    is_word: bool
    quoted: bool = False
    tag: str = ""


def tokenize(text: str) -> list[Token]:
    """The words and marks of ``text``, in order. What stands between quotation marks is marked ``quoted``."""
    tokens: list[Token] = []
    quoted = False
    for match in _TOKEN.finditer(text):
        word = match.group()
        is_quote = word in _QUOTES
        if is_quote:
            quoted = not quoted
        tokens.append(
            Token(
                word,
                word.lower().replace("’", "'"),
                match.start(),
                match.end(),
                word[0].isalnum(),
                quoted or is_quote,
            )
        )
    if quoted:  # A mark that never closes quotes nothing.
        for token in tokens:
            token.quoted = token.text in _QUOTES
    return tokens


def first_sentence(tokens: list[Token]) -> int:
    """How many of ``tokens`` make the first sentence, its full stop included."""
    for index, token in enumerate(tokens):
        if token.text[0] in _STOPS and not token.quoted:
            following = tokens[index + 1 :]
            if any(t.is_word for t in following):
                if (
                    index
                    and len(tokens[index - 1].text) == 1
                    and token.text == "."
                    and tokens[index - 1].text.isupper()
                ):
                    continue  # an initial: "John F. Kennedy"
                if token.text == "." and index and tokens[index - 1].lower in _ABBREVIATIONS:
                    continue
                end = index + 1
                while end < len(tokens) and not tokens[end].is_word:
                    end += 1
                return end
    return len(tokens)


_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st", "no", "vs", "etc", "jr", "sr", "inc", "ft", "ave", "blvd"})
