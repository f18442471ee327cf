"""Words that a denial changes: "some" becomes "any", "already" becomes "yet", "too" at the end becomes "either"."""

from __future__ import annotations

import re

_CHANGES = (
    (re.compile(r"\bsome(one|body|thing|where)?\b(?!\w)", re.IGNORECASE), r"any\1"),
    (re.compile(r"\balready\b", re.IGNORECASE), "yet"),
    (re.compile(r"(?<=\w),? (?:too|as well)$", re.IGNORECASE), " either"),
)


_ANY = re.compile(r"\bany(one|body|thing|where)?\b", re.IGNORECASE)


def assert_(text: str) -> str:
    """What a question says, as a statement has it."""
    return _ANY.sub(r"some\1", text)


def unassert(text: str) -> str:
    """What a question or statement says, as it stands behind a negation."""
    for pattern, changed in _CHANGES:
        text = pattern.sub(changed, text)
    return text
