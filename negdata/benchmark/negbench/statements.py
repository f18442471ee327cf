"""Statements on what an image shows and doesn't show: their forms, when they are true, and how they are worded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from negdata.grammar.nouns import Absent, article
from negdata.negation import find_cues, negated_spans
from negdata.vocabulary import vocabulary

Kind = Literal["positive", "negative", "hybrid"]
Form = Literal["affirm", "deny", "both", "but", "neither"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FORMS: tuple[Form, ...] = get_args(Form)
KIND_OF: dict[Form, Kind] = {
    "affirm": "positive",
    "both": "positive",
    "deny": "negative",
    "neither": "negative",
    "but": "hybrid",
}
_SLOT = re.compile(r"\{([^{}]*)\}")
_SPOKEN = ("an", "is", "no", "be", "any")


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of an image; ``objects`` stand in the order in which they are named."""

    form: Form
    objects: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """As NegBench's column ``correct_answer_template`` has it."""
        return KIND_OF[self.form]

    @property
    def affirmed(self) -> tuple[str, ...]:
        """The objects that it says are there."""
        return {"affirm": self.objects, "both": self.objects, "but": self.objects[:1]}.get(self.form, ())

    @property
    def denied(self) -> tuple[str, ...]:
        """The objects that it says are not there."""
        return {"deny": self.objects, "neither": self.objects, "but": self.objects[1:]}.get(self.form, ())

    def is_true(self, shown: Set[str]) -> bool:
        """Whether it holds of an image that shows these objects, and of the statement's own no others."""
        return shown.isdisjoint(self.denied) and all(name in shown for name in self.affirmed)


LAYOUTS: dict[str, tuple[tuple[Form, tuple[int, ...]], ...]] = {
    "pairs": (("both", (0, 1)), ("but", (0, 1)), ("but", (1, 0)), ("neither", (0, 1))),
    "mixed": (("affirm", (0,)), ("deny", (1,)), ("but", (2, 3)), ("but", (3, 2))),
    "singles": (("affirm", (0,)), ("affirm", (1,)), ("deny", (2,)), ("deny", (3,))),
}
"""The four statements of a question, by the places of their objects. No statement of a layout follows from another,
and each is the one true statement of some image: words and logic alone never tell which one it is."""


@dataclass(frozen=True, slots=True)
class World:
    """Which objects of a layout an image shows, so that the statement at ``right`` is true and no other."""

    layout: str
    right: int
    shown: tuple[bool, ...]

    @property
    def kind(self) -> Kind:
        """The kind of the true statement."""
        return KIND_OF[LAYOUTS[self.layout][self.right][0]]


def laid_out(layout: str, objects: tuple[str, ...]) -> tuple[Statement, ...]:
    """The four statements about these objects."""
    return tuple(Statement(form, tuple(objects[place] for place in places)) for form, places in LAYOUTS[layout])


def _worlds() -> tuple[World, ...]:
    found = []
    for layout, forms in LAYOUTS.items():
        places = tuple(map(str, range(1 + max(place for _, named in forms for place in named))))
        statements = laid_out(layout, places)
        for shown in product((True, False), repeat=len(places)):
            there = {place for place, is_there in zip(places, shown, strict=True) if is_there}
            true = [number for number, statement in enumerate(statements) if statement.is_true(there)]
            if len(true) == 1:
                found.append(World(layout, true[0], shown))
    return tuple(found)


WORLDS = _worlds()


def worded(statement: Statement, template: str, nouns: Mapping[str, Absent]) -> str:
    """The statement as a sentence; ``nouns`` are the objects as English needs them."""
    named = [nouns[name] for name in statement.objects]
    text = _SLOT.sub(lambda slot: _spoken(slot[1], named), template)
    return text[:1].upper() + text[1:]


def check_template(form: Form, template: str) -> str | None:
    """What is wrong with a template of this form, None where nothing is.

    Its slots name the object by number: ``{an 1}`` a car, ``{is 1}`` is, ``{no 2}`` no cars, ``{be 2}`` are,
    ``{any 2}`` any cars. It must say what its form says: what is denied stands in the scope of a negation, what is
    affirmed in none.
    """
    size = 1 if form in ("affirm", "deny") else 2
    slots = _SLOT.findall(template)
    wanted = {str(number) for number in range(1, size + 1)}
    for slot in slots:
        word, _, number = slot.partition(" ")
        if word not in _SPOKEN or number not in wanted:
            return f"{{{slot}}} is no slot: use {', '.join(_SPOKEN)} with a number from 1 to {size}"
    if {slot.partition(" ")[2] for slot in slots if slot.partition(" ")[0] in ("an", "no", "any")} != wanted:
        return "it doesn't name each of its objects"
    if not template.endswith(".") or "{" in _SLOT.sub("", template):
        return "it must be a sentence that ends in a full stop"
    said = worded(Statement(form, ("zebra", "kite")[:size]), template, _PLAIN)
    return _check_meaning(form, said, ("zebra", "kite")[:size])


def _check_meaning(form: Form, said: str, objects: tuple[str, ...]) -> str | None:
    statement = Statement(form, objects)
    if bool(statement.denied) != bool(find_cues(said)):
        return f'"{said}" {"has no" if statement.denied else "has a"} word that negates'
    spans = negated_spans(said)
    for mention in vocabulary().find(said):
        negated = any(start <= mention.start and mention.end <= end for _, start, end in spans)
        if negated != (mention.name in statement.denied):
            return f'"{said}" {"denies" if negated else "affirms"} {mention.name!r}'
    return None


def _spoken(slot: str, named: list[Absent]) -> str:
    word, _, number = slot.partition(" ")
    one = named[int(number) - 1]
    if word == "an":
        return f"{article(one.singular)} {one.singular}" if one.countable else one.singular
    if word == "is":
        return "are" if one.pair else "is"
    return {"no": f"no {one.bare}", "be": one.be, "any": one.an}[word]


def _plain(name: str) -> Absent:
    return Absent(name, name, f"{name}s", False, False, frozenset({name}), frozenset(), frozenset(), False)


_PLAIN = {name: _plain(name) for name in ("zebra", "kite")}
