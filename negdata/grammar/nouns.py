"""The absent object as English needs it: number, article, and what kind of thing it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from negdata.grammar.analysis import CannotWrite
from negdata.grammar.relations import ALWAYS_PLURAL, PLURAL_PREFERRED, SIZABLE, SPOKEN
from negdata.grammar.tagging import looks_plural
from negdata.vocabulary import inflection, vocabulary

_ARTICLE = re.compile(r"^(?:an?|the|any|some|no)\s+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 '’&/-]*")
_AN_BEFORE = ("hour", "honest", "heir", "x-ray", "mp3")
_A_BEFORE = ("uni", "use", "usb", "eu", "one-", "ukulele", "utensil", "ufo", "ur", "uk", "us ", "u-")


@dataclass(frozen=True, slots=True)
class Absent:
    """What a caption will say is not there.

    Attributes:
        singular: "dog"; for mass nouns and pairs the one form there is.
        plural: "dogs"; equal to ``singular`` for mass nouns and pairs.
        mass: no article and no plural: "snow".
        pair: plural in form only: "scissors".
        kinds: its name and every name that it is an instance of.
        parents: what it is directly.
        scenes: where one would expect it.
        prefers_plural: one speaks of its absence in the plural: "no people", "no cars".
    """

    name: str
    singular: str
    plural: str
    mass: bool
    pair: bool
    kinds: frozenset[str]
    parents: frozenset[str]
    scenes: frozenset[str]
    prefers_plural: bool

    @property
    def countable(self) -> bool:
        return not self.mass and not self.pair

    @property
    def bare(self) -> str:
        """The form that follows "no" most naturally."""
        return self.plural if self.prefers_plural else self.singular

    @property
    def many(self) -> str:
        """The form that follows "any", "free of": "dogs", "snow", "scissors"."""
        return self.plural

    @property
    def an(self) -> str:
        """With an article where it takes one: "an umbrella", "any snow", "any people"."""
        if self.mass or self.prefers_plural:
            return f"any {self.many}"
        return f"{article(self.singular)} {self.singular}"

    @property
    def strict_an(self) -> str:
        """ "a person" even where the plural is the more usual."""
        return f"any {self.many}" if not self.countable else f"{article(self.singular)} {self.singular}"

    @property
    def some(self) -> str:
        """As in "no sign of a dog", "no sign of mustard"."""
        return self.many if self.mass or self.prefers_plural else self.strict_an

    @property
    def one(self) -> str:
        """As in "not a dog in sight", "not a single car in sight", "not any mustard in sight"."""
        if not self.countable:
            return f"any {self.many}"
        return f"a single {self.singular}" if self.prefers_plural else self.strict_an

    @property
    def sizable(self) -> bool:
        """Whether it is of a size to be around, or nearby: a car, not a fork."""
        return not self.kinds.isdisjoint(SIZABLE)

    @property
    def be(self) -> str:
        """ "is" or "are", to agree with ``bare``."""
        return "are" if self.prefers_plural else "is"

    def is_a(self, *kinds: str) -> bool:
        """Whether it is of one of these kinds."""
        return any(kind in self.kinds for kind in kinds)


def article(noun: str) -> str:
    """ "a" or "an", by the sound that a noun begins with."""
    word = noun.lower()
    if word.startswith(_AN_BEFORE):
        return "an"
    if word.startswith(_A_BEFORE) and not word.startswith(("unin", "unim")):
        return "a"
    return "an" if word[:1] in "aeiou" else "a"


@lru_cache(maxsize=4096)
def absent_of(negated: str) -> Absent:
    """The forms of an object's name; one that the vocabulary doesn't know is guessed from its spelling.

    Raises CannotWrite where ``negated`` is no name of a thing.
    """
    name = " ".join(_ARTICLE.sub("", negated.strip()).split())
    if not name or len(name) > 60 or len(name.split()) > 5 or not _NAME.fullmatch(name):
        raise CannotWrite(f"{negated[:60]!r} is no name of an object")
    words = vocabulary()
    entry = words.lookup(name)
    if entry is not None:
        singular, plural = SPOKEN.get(entry.name, (entry.name, entry.plural))
        alike = singular == plural
        pair = alike and ((singular.endswith("s") and looks_plural(singular)) or singular in ALWAYS_PLURAL)
        return Absent(
            name=entry.name,
            singular=singular,
            plural=plural,
            mass=(entry.mass and not pair) or (singular == plural and not pair and not words.kin(entry.name, "animal")),
            pair=pair,
            kinds=words.ancestors(entry.name),
            parents=frozenset(entry.isa),
            scenes=frozenset(entry.scenes),
            prefers_plural=pair or entry.name in PLURAL_PREFERRED,
        )
    head = words.lookup(name.split()[-1])
    kinds = words.ancestors(head.name) if head else frozenset[str]()
    plural_form = looks_plural(name.split()[-1].lower())
    mass = head is not None and head.mass
    plural = name if plural_form or mass else inflection.plural(name)
    return Absent(
        name=name,
        singular=name,
        plural=plural,
        mass=mass,
        pair=plural_form and not mass,
        kinds=kinds | {name},
        parents=frozenset(head.isa if head else ()),
        scenes=frozenset(head.scenes if head else ()),
        prefers_plural=plural_form and not mass,
    )
