"""Captions that speak of the captioning task instead of an image: annotators whose picture didn't load write them."""

from __future__ import annotations

import re

from negdata.negation.detect import find_lookalikes
from negdata.negation.form import Finding
from negdata.negation.text import tokenise

_UNSEEN = re.compile(
    r"\b(?:unable|not able|impossible) to (?:see|view|load|open) (?:an|the|this|any) (?:image|picture|photo)\b"
)


def check_speaks_of_image(caption: str) -> Finding | None:
    """``not-a-caption`` for "There is no image here to provide a caption for": nothing can be absent from it."""
    said = " ".join(tokenise(caption).words)
    if _UNSEEN.search(said) or any(cue.lookalike == "about the task" for cue in find_lookalikes(caption)):
        return Finding("not-a-caption", "the caption itself speaks of the task instead of an image")
    return None
