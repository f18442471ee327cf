"""Where a text names an object, in any of its spellings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from negdata.negation.text import Tokens, is_word, stem, tokenise
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
    tokens = tokenise(text)
    starts = {start: index for index, (start, _) in enumerate(tokens.spans)}
    ends = {end: index for index, (_, end) in enumerate(tokens.spans)}
    found = []
    for mention in vocabulary().find(text):
        first = starts.get(mention.start)
        last = ends.get(mention.end)
        if first is None:  # inside a word with an apostrophe or a mark: "child's"
            first = _holding(tokens, mention.start)
        if last is None:
            last = _holding(tokens, mention.end - 1)
        found.append(Naming(first, last, mention.name))
    return tuple(found)


def _holding(tokens: Tokens, offset: int) -> int:
    for index, (start, end) in enumerate(tokens.spans):
        if start <= offset < end:
            return index
    return 0


class Target:
    """The object that a negation is about: told by its entry in the vocabulary, or by its words."""

    def __init__(self, phrase: str) -> None:
        entry = vocabulary().lookup(phrase)
        self.name = entry.name if entry is not None else None
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
        places = [i for i, word in enumerate(tokens.words) if is_word(word)]
        stems = [stem(tokens.words[i]) for i in places]
        size = len(self.stems)
        for at in range(len(stems) - size + 1):
            if tuple(stems[at : at + size]) != self.stems or places[at] in taken:
                continue
            first, last = places[at], places[at + size - 1]
            # A longer name of something else is no naming: the "dog" of "hot dog".
            if not any(n.first <= first and last <= n.last and n.name != self.name for n in namings(text)):
                found.append(Naming(first, last, self.name))
        return found

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
