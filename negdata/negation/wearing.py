"""Finds what nobody says: "a cat not wearing a parking meter", "a train not wearing a hat"."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.negation.form import Finding
from negdata.negation.naming import Naming, namings
from negdata.negation.scope import Scope
from negdata.negation.text import tokenise
from negdata.negation.wording import FUNCTION_WORDS
from negdata.vocabulary import vocabulary
from negdata.vocabulary.wearable import can_be_worn

_WEARS = frozenset({"wear", "wears", "wearing"})
_WEARERS = frozenset({"person", "animal", "toy", "statue", "doll", "teddy bear", "mannequin", "snowman"})
_BEFORE_A_NOUN = frozenset({"a", "an", "the", "this", "that", "one", "two", "three", "some", "several"})


def check_wearing(written: str, scopes: Sequence[Scope], places: Sequence[Naming]) -> Finding | None:
    """Whether a caption denies that somebody wears what can't be worn, or that a thing wears something.

    Args:
        scopes: of the cues that the caption is to be checked for.
        places: where it names the absent object. A word that the vocabulary doesn't know is given the benefit of doubt.
    """
    words = tokenise(written).words
    for scope in scopes:
        cue = scope.cue
        around = (words[index] for index in (cue.first - 1, cue.last + 1) if 0 <= index < len(words))
        place = next((p for p in places if scope.first <= p.first and p.last <= scope.last), None)
        if place is None or _WEARS.isdisjoint(around):
            continue
        if place.name is not None and not can_be_worn(place.name):
            return Finding("unnatural", f'"{place.name}" is nothing that is worn')
        subject = _subject(written, cue.first)
        if subject is not None and _WEARERS.isdisjoint({subject, *vocabulary().ancestors(subject)}):
            return Finding("unnatural", f'"{subject}" wears nothing')
    return None


def _subject(written: str, before: int) -> str | None:
    """The object that the sentence begins with, where it stands right before token ``before``."""
    words = tokenise(written).words
    first = next(iter(namings(written)), None)
    if first is None or first.last != before - 1:
        return None
    leading = words[: first.first]
    plain = all(word in _BEFORE_A_NOUN or word not in FUNCTION_WORDS for word in leading)
    return first.name if plain else None
