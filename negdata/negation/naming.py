"""Where a text names an object, in any of its spellings."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from negdata.negation.text import is_word, stem, tokenise
from negdata.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Naming:
    """An object named at ``tokens[first:last + 1]``; ``name`` is the vocabulary's, or None for an unknown one."""

    first: int
    last: int
    name: str | None


@lru_cache(maxsize=1024)
def namings(text: str) -> tuple[Naming, ...]:
    """Every object of the vocabulary that a text names."""
    starts = [start for start, _ in tokenise(text).spans]
    # An object may be named inside a token, one with an apostrophe: "child's".
    return tuple(
        [
            Naming(bisect_right(starts, mention.start) - 1, bisect_right(starts, mention.end - 1) - 1, mention.name)
            for mention in vocabulary().find(text)
        ]
    )


@lru_cache(maxsize=1024)
def _stems(text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Where the words of a text stand among its tokens, and their stems."""
    words = tokenise(text).words
    places = tuple([i for i, word in enumerate(words) if is_word(word)])
    return places, tuple([stem(words[i]) for i in places])


class Target:
    """The object that a negation is about: told by its entry in the vocabulary, or by its words."""

    def __init__(self, phrase: str) -> None:
        entry = vocabulary().lookup(phrase)
        self.name = entry.name if entry is not None else None
        self.words = frozenset(tokenise(phrase).words)
        words = [stem(word) for word in tokenise(phrase).words if is_word(word)]
        while len(words) > 1 and words[0] in ("a", "an", "the", "any", "some"):
            words = words[1:]
        self.stems = tuple(words)
        self.is_person = entry is not None and "person" in vocabulary().ancestors(entry.name)

    def namings(self, text: str) -> list[Naming]:
        """Where a text names exactly this object."""
        found = [naming for naming in namings(text) if self.name is not None and naming.name == self.name]
        taken = {naming.first for naming in found}
        tokens = tokenise(text)
        places, stems = _stems(text)
        size = len(self.stems)
        if not size or self.stems[0] not in stems:
            return found
        for at in range(len(stems) - size + 1):
            if stems[at : at + size] != self.stems or places[at] in taken:
                continue
            first, last = places[at], places[at + size - 1]
            if self.name is not None and self._is_verb(tokens.words[last]):
                continue
            # A longer name of something else is no naming: the "dog" of "hot dog".
            if not any(n.first <= first and last <= n.last and n.name != self.name for n in namings(text)):
                found.append(Naming(first, last, self.name))
        return found

    def _is_verb(self, word: str) -> bool:
        """Whether a word is only a verb of the object's stem: "staring" is no star, "watching" no watch."""
        return word.endswith(("ing", "ed")) and word not in self.words

    def kinds(self, text: str) -> list[Naming]:
        """Where a text names this object or a kind of it."""
        exact = self.namings(text)
        if self.name is None:
            return exact
        known = vocabulary()
        places = {naming.first for naming in exact}
        return exact + [
            naming
            for naming in namings(text)
            if naming.first not in places and naming.name is not None and self.name in known.ancestors(naming.name)
        ]


@lru_cache(maxsize=4096)
def target(phrase: str) -> Target:
    """The target that a phrase spells."""
    return Target(phrase)
