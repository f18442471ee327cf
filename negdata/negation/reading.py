"""A text as the checks of written captions see it, and what they all ask of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from negdata.negation.detect import Cue, find_cues
from negdata.negation.form import Finding
from negdata.negation.naming import Naming, namings
from negdata.negation.scope import Scope, denied, scopes_of
from negdata.negation.text import Tokens, is_word, stem, tokenise
from negdata.negation.wording import ADDABLE, FUNCTION_WORDS


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the checks see it.

    ``cues``, ``scopes`` and ``denied``, the tokens that are negated, are those of its new cues; ``all_scopes`` takes in
    the cues that the original caption had already.
    """

    tokens: Tokens
    cues: list[Cue]
    scopes: list[Scope]
    all_scopes: list[Scope]
    denied: frozenset[int]


def read(text: str, known: list[Cue] | tuple[()]) -> Reading:
    """The text and its cues, less those that the original caption had already (``known``)."""
    tokens = tokenise(text)
    spare = Counter(cue.cue for cue in known)
    own: list[Cue] = []
    found: list[Scope] = []
    every: list[Scope] = []
    for cue in find_cues(text):
        its_scopes = list(scopes_of(tokens, cue))
        every += its_scopes
        if spare[cue.cue] > 0:
            spare[cue.cue] -= 1
        else:
            own.append(cue)
            found += its_scopes
    absent: set[int] = set()
    for scope in found:
        absent.update(denied(tokens, scope))
    return Reading(tokens, own, found, every, frozenset(absent))


def check_double(after: Reading) -> Finding | None:
    """Whether one new negation lies inside another, or right beside it."""
    for scope in after.scopes:
        for cue in after.cues:
            inside = scope.cue.first < cue.first <= scope.last + 1 and cue is not scope.cue
            joined = after.tokens.at(cue.first - 1) in ("or", "and", ",", "nor") or cue.cue == "nor"
            if inside and not joined and scope.last >= scope.cue.last:
                return Finding("double-negation", f'"{cue.cue}" lies in the scope of "{scope.cue.cue}"')
    for one, other in pairwise(after.cues):
        if other.first - one.last == 1:
            return Finding("double-negation", f'"{one.cue}" stands right before "{other.cue}"')
    return None


def is_content(word: str) -> bool:
    """Whether a word says something of its own."""
    return is_word(word) and word not in FUNCTION_WORDS and word.removesuffix("'s") not in FUNCTION_WORDS


def stems_outside(reading: Reading) -> set[str]:
    """The stems of all content words that nothing new denies."""
    words = reading.tokens.words
    return {stem(word) for i, word in enumerate(words) if i not in reading.denied and is_content(word)}


def check_kept(caption: str, written: str, before: Reading, after: Reading) -> Finding | None:
    """Every content word of the caption must still be said, and not as absent."""
    said = stems_outside(after)
    everywhere = {stem(word) for word in after.tokens.words}
    missing = [i for i, w in enumerate(before.tokens.words) if is_content(w) and stem(w) not in said]
    if not missing:
        return None
    names = {n.name for n in namings(written) if not after.denied.intersection(range(n.first, n.last + 1))}
    renamed = {i for n in namings(caption) if n.name in names for i in range(n.first, n.last + 1)}
    cue_words = {i for cue in find_cues(caption) for i in range(cue.first, cue.last + 1)}
    for index in missing:
        word = before.tokens.words[index]
        if index in renamed:
            continue
        if index in cue_words and any(stem(word) == stem(w) for w in after.tokens.words):
            continue
        if stem(word) in everywhere:
            return Finding("contradiction", f'"{word}" is there, but the negation takes it in')
        return Finding("lost-content", f'"{word}" is gone')
    return None


def check_invented(
    caption: str, written: str, after: Reading, places: list[Naming], allowed: frozenset[str]
) -> Finding | None:
    """Nothing may be said that the caption doesn't say, but for the negation itself."""
    known = {stem(word) for word in tokenise(caption).words}
    names = {naming.name for naming in namings(caption)}
    free = {i for place in places for i in range(place.first, place.last + 1)}
    free |= {i for cue in after.cues for i in range(cue.first, cue.last + 1)}
    free |= {i for n in namings(written) if n.name in names for i in range(n.first, n.last + 1)}
    for index, word in enumerate(after.tokens.words):
        if index in free or not is_content(word):
            continue
        root = stem(word)
        if root not in known and root not in ADDABLE and root not in allowed:
            return Finding("invented-content", f'"{word}" isn\'t in the caption')
    return None
