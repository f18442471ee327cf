"""Finds the objects that a text names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from negdata.vocabulary.entries import ObjectEntry, read_object_files

_WORD = re.compile(r"[^\W_]+")
_ARTICLES = ("a ", "an ", "the ", "any ", "some ", "his ", "her ", "their ", "its ")

# Words that are verbs as often as names of objects: they name one only after a word that a noun follows.
_VERB_LIKE = frozenset(
    "bat bats bear bears bug bugs cap caps chain chains chips coach coat coats cook cooks cover crane cup cups drill "
    "drills duck ducks fish flies fly groom guard guards hose iron letter log logs map maps mask mitt model models "
    "nail nails pan pans post posts pot ram rams rake range ring rings rock rocks rope ropes saw saws scale scales "
    "screw seal shop shops shower showers slide slides snack stall stalls steer suit suits surf swing swings tap tape "
    "torch watch watches wave waves whistle dress dresses ties tie rose picture board drum drums present plant plants "
    "park parks light sub date can fire steam fans guards ski skis head heads face faces hand hands back eye eyes "
    "shoulder stem branch field fields water waters house houses home jam jams comb dice store stores bow brush doe "
    "buck".split()
)
_BEFORE_A_NOUN = frozenset(
    "a an the his her its their your my our this that these those some any no each every another one two three four "
    "five six several many few both of with without in on at by for from near behind beside between under over "
    "wearing holding carrying riding eating using has have having and or like into onto through around big small "
    "large little old new long red blue green yellow black white brown gray grey purple pink orange wooden metal "
    "plastic glass stuffed giant tall short tiny empty open closed flying brown single various different first".split()
)
_AFTER_ORANGE_FRUIT = frozenset("on in with sitting is next that sits cut near inside from slices are being".split())
_BEFORE_ORANGE_FRUIT = frozenset("a an one the sliced peeled half of cut whole single".split())


@dataclass(frozen=True, slots=True)
class Setting:
    """What the words of a text tell beside the objects that they name.

    Attributes:
        scenes: where it is.
        hinted: where it may be: a plate may lie in a kitchen.
        implied: objects that are there though unsaid.
    """

    scenes: frozenset[str]
    hinted: frozenset[str]
    implied: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mention:
    """An object named in a text, at ``text[start:end]``."""

    name: str
    start: int
    end: int
    plural: bool


class Vocabulary:
    """Everyday objects, their spellings and what is a kind of what."""

    def __init__(self) -> None:
        files = read_object_files()
        self.entries: Mapping[str, ObjectEntry] = MappingProxyType({entry.name: entry for entry in files.entries})
        # First word → its spellings, longest first; a None is a phrase that only looks like an object.
        self._spellings: dict[str, list[tuple[tuple[str, ...], tuple[str, bool] | None]]] = {}
        self._by_words: dict[tuple[str, ...], tuple[str, bool]] = {}
        for form in files.forms:
            words = tuple(_WORD.findall(form.text.lower()))
            if words not in self._by_words:
                self._by_words[words] = (form.name, form.plural)
                self._spellings.setdefault(words[0], []).append((words, (form.name, form.plural)))
        for phrase in files.blocked:
            words = tuple(_WORD.findall(phrase.lower()))
            if words not in self._by_words:
                self._spellings.setdefault(words[0], []).append((words, None))
        for spellings in self._spellings.values():
            spellings.sort(key=lambda pair: -len(pair[0]))
        self._ancestors = {name: self._closure(name) for name in self.entries}
        self._kinds: dict[str, set[str]] = {}
        for name, kinds in self._ancestors.items():
            for kind in kinds:
                self._kinds.setdefault(kind, set()).add(name)
        self._activities: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self._activity_data = files.activities
        for index, activity in enumerate(files.activities):
            for phrase in activity.words:
                words = tuple(_WORD.findall(phrase))
                self._activities.setdefault(words[0], []).append((words, index))
        for phrases in self._activities.values():
            phrases.sort(key=lambda pair: -len(pair[0]))

    def find(self, text: str) -> list[Mention]:
        """The objects that a text names, from left to right, the longest spelling first, none overlapping."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a few capitals change length, and offsets must be the text's
            lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        matches = list(_WORD.finditer(lowered))
        words = [match[0] for match in matches]
        spellings = self._spellings
        found: list[Mention] = []
        index, count = 0, len(words)
        while index < count:
            step = 1
            for form, target in spellings.get(words[index], ()):
                size = len(form)
                if size > 1 and tuple(words[index : index + size]) != form:
                    continue
                if target is not None:
                    if size == 1 and not self._is_noun(words, index):
                        continue
                    found.append(Mention(target[0], matches[index].start(), matches[index + size - 1].end(), target[1]))
                step = size
                break
            index += step
        return found

    def lookup(self, phrase: str) -> ObjectEntry | None:
        """The object that a phrase spells, singular or plural, with or without an article; None for any other."""
        lowered = phrase.strip().lower()
        for article in _ARTICLES:
            if lowered.startswith(article):
                lowered = lowered[len(article) :]
                break
        target = self._by_words.get(tuple(_WORD.findall(lowered)))
        return self.entries[target[0]] if target else None

    def ancestors(self, name: str) -> frozenset[str]:
        """All that the object is a kind of, itself included."""
        return self._ancestors.get(name, frozenset((name,)))

    def kinds(self, name: str) -> Set[str]:
        """All that are a kind of the object, itself included."""
        return self._kinds.get(name) or frozenset((name,))

    def kin(self, one: str, other: str) -> bool:
        """Whether they are the same, or one is a kind of the other."""
        return other in self.ancestors(one) or one in self.ancestors(other)

    def setting(self, text: str) -> Setting:
        """What a text's words tell of the place; of phrases that overlap the longest counts ("home plate")."""
        scenes: set[str] = set()
        hinted: set[str] = set()
        implied: set[str] = set()
        words = _WORD.findall(text.lower())
        index = 0
        while index < len(words):
            step = 1
            for form, number in self._activities.get(words[index], ()):
                if len(form) == 1 or tuple(words[index : index + len(form)]) == form:
                    activity = self._activity_data[number]
                    (hinted if activity.hint else scenes).update(activity.scenes)
                    implied.update(activity.implies)
                    step = len(form)
                    break
            index += step
        return Setting(frozenset(scenes), frozenset(hinted), frozenset(implied))

    def _is_noun(self, words: list[str], index: int) -> bool:
        word = words[index]
        if word == "orange":
            return self._is_orange_fruit(words, index)
        if word not in _VERB_LIKE or index == 0:
            return True
        return words[index - 1] in _BEFORE_A_NOUN

    @staticmethod
    def _is_orange_fruit(words: list[str], index: int) -> bool:
        before = words[index - 1] if index else "a"
        after = words[index + 1] if index + 1 < len(words) else None
        return before in _BEFORE_ORANGE_FRUIT and (after is None or after in _AFTER_ORANGE_FRUIT)

    def _closure(self, name: str) -> frozenset[str]:
        seen: set[str] = set()
        ahead = [name]
        while ahead:
            current = ahead.pop()
            if current not in seen:
                seen.add(current)
                ahead.extend(self.entries[current].isa if current in self.entries else ())
        return frozenset(seen)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    return Vocabulary()
