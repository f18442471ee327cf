"""Cuts a caption where it negates: the cue, and what it says is absent, as pieces of text with a kind."""

from __future__ import annotations

from negdata.filter.denied import newly_denied
from negdata.negation import find_cues, negated_spans
from negdata.negation.naming import target
from negdata.negation.text import tokenise

Piece = list[str]
"""[text, kind]: "" for plain text, "cue" for what negates, "absent" for what is denied."""


def pieces(text: str, negated: str | None) -> list[Piece]:
    """A text cut at its cues and at the object that it denies.

    Args:
        negated: the object; None: read from the text. Where it isn't found, all that the cues negate is denied.
    """
    kinds = [""] * len(text)
    cues = find_cues(text)
    for start, end in _denied(text, negated) if cues else ():
        kinds[start:end] = ["absent"] * (end - start)
    for cue in cues:
        kinds[cue.start : cue.end] = ["cue"] * (cue.end - cue.start)
    return _joined(text, kinds)


def cues_of(text: str) -> list[str]:
    """The cues of a text, each once."""
    return list(dict.fromkeys(cue.cue for cue in find_cues(text)))


def _denied(text: str, negated: str | None) -> list[tuple[int, int]]:
    scopes = [(start, end) for _, start, end in negated_spans(text)]
    names = [negated] if negated is not None else newly_denied("", text)
    spans = tokenise(text).spans
    named = [(spans[one.first][0], spans[one.last][1]) for name in names for one in target(name).kinds(text)]
    # A caption may name the object twice: "a dog, but no other dog". What is denied is the one in a cue's scope.
    inside = [one for one in named if any(start <= one[0] and one[1] <= end for start, end in scopes)]
    return inside or named or scopes


def _joined(text: str, kinds: list[str]) -> list[Piece]:
    found: list[Piece] = []
    for character, kind in zip(text, kinds, strict=True):
        if found and found[-1][1] == kind:
            found[-1][0] += character
        else:
            found.append([character, kind])
    return found
