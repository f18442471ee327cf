"""Where a benchmark's texts negate: groups for breakdowns that no file needs to name."""

from __future__ import annotations

from typing import Literal

from negdata.negation import Cue, find_cues

Position = Literal["start", "middle", "end"]
NO_CUE = "none"
"""The group of texts in which nothing negates, such as "player no. 12"."""


def first_cue(text: str) -> Cue | None:
    """The first cue of a text that negates something, None where nothing does."""
    return next(iter(find_cues(text)), None)


def cue_position(text: str, start: int) -> Position:
    """In which third of a text's words the cue that begins at the character ``start`` stands.

    Words are what spaces part, and a word lies in the third that its middle lies in.
    """
    words = len(text.split())
    before = len(text[:start].split())
    within = start > 0 and not text[start - 1].isspace()  # "leaf-free": the cue begins inside of a word
    third = 3 * (before - within + 0.5) / words
    return "start" if third < 1 else "middle" if third < 2 else "end"


def which_negates(caption: str, foil: str) -> str:
    """Which of two texts has a negation, the caption being the true one."""
    negated = (bool(find_cues(caption)), bool(find_cues(foil)))
    names = {(True, False): "the caption is negated", (False, True): "the foil is negated", (True, True): "both are"}
    return names.get(negated, "neither is")
