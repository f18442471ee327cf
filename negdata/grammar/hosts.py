"""Finds the noun in a caption that an absence is about: the woman without a hat, the kitchen without a microwave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from negdata.grammar import relations as rel
from negdata.grammar.analysis import MEASURES, VIEWS, Analysis, Phrase
from negdata.grammar.nouns import Absent
from negdata.vocabulary import vocabulary
from negdata.vocabulary.wearable import ANIMAL_WEAR, WEARABLE

_PEOPLE_WORDS = frozenset(
    "man men woman women person people boy boys girl girls child children kid kids lady guy player surfer skier rider "
    "snowboarder skateboarder someone adult gentleman toddler baby".split()
)
_SINGULAR_ROOT = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "shelves": "shelf",
    "knives": "knife",
}
_CLOSED_AFTER = frozenset({"of", "with", "without", "w/", "than", "like", "per", "full"})


@dataclass(frozen=True, slots=True)
class Host:
    """A noun phrase, and how the absent object would go with it.

    ``how`` is "wear", "hold", "animal-wear", "part", "occupant" or "place"; ``name`` is the table's row that says so.
    """

    phrase: Phrase
    how: str
    name: str
    is_subject: bool


@lru_cache(maxsize=8192)
def names_of(head: str, before: str) -> frozenset[str]:
    """What a head noun is, with the word before it ("living room"): its own name and the names of its kinds."""
    words = vocabulary()
    found: set[str] = {head, _singular(head)}
    entry = None
    if before:
        pair = f"{before} {head}"
        found |= {pair, f"{before} {_singular(head)}"}
        entry = words.lookup(pair)
    entry = entry or words.lookup(head)
    if entry is not None:
        found |= words.ancestors(entry.name)
    return frozenset(found)


def _singular(word: str) -> str:
    if word in _SINGULAR_ROOT:
        return _SINGULAR_ROOT[word]
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def phrase_names(a: Analysis, phrase: Phrase) -> frozenset[str]:
    """What a noun phrase names: its head's names, and its measure's ("a plate of food" is a plate and food)."""
    if phrase.pronoun:
        return frozenset({"person"}) if a.tokens[phrase.head].lower in ("someone", "somebody") else frozenset()
    names = _names_at(a, phrase.head, phrase.first)
    if phrase.head != phrase.last:
        names |= _names_at(a, phrase.last, phrase.first)
    return names


def _names_at(a: Analysis, index: int, first: int) -> frozenset[str]:
    before = a.tokens[index - 1] if index > 0 else None
    word = (
        before.lower
        if before is not None and before.tag in ("NOUN", "ADJ") and (index - 1 >= first or index > first)
        else ""
    )
    return names_of(a.tokens[index].lower, word)


def is_person(names: frozenset[str]) -> bool:
    return "person" in names or not _PEOPLE_WORDS.isdisjoint(names)


def hosts(a: Analysis, y: Absent) -> list[Host]:
    """Every noun phrase that the absent object can be told of, in order."""
    found: list[Host] = []
    for phrase in a.phrases:
        if phrase.pronoun or (phrase.of and _measured(a, phrase)):
            continue
        if any(t.tag == "NEG" or t.quoted for t in a.tokens[phrase.first : phrase.last + 1]):
            continue
        names = phrase_names(a, phrase)
        if y.name in names:
            continue
        how = relation(names, y)
        if how is not None:
            found.append(Host(phrase, how[0], how[1], phrase is a.subject and a.kind != "existential"))
    return found


def _measured(a: Analysis, phrase: Phrase) -> bool:
    """Whether a phrase after "of" is spoken for by the one before ("people" in "a group of people")."""
    for other in a.phrases:
        if other.head == phrase.head and other is not phrase and a.tokens[other.last].lower in MEASURES:
            return True
    return False


def relation(names: frozenset[str], y: Absent) -> tuple[str, str] | None:
    """How an absent object goes with a thing of these names: (how, row), or None."""
    if is_person(names):
        if y.name in WEARABLE or y.is_a("clothing"):
            return "wear", "person"
        if y.name in rel.HOLDABLE:
            return "hold", "person"
        return None
    for name, worn in ANIMAL_WEAR.items():
        if name in names and y.name in worn:
            return "animal-wear", name
    if y.name in rel.OCCUPANTS:
        for name in rel.OCCUPIED:
            if name in names:
                return "occupant", name
    for name, parts in rel.PARTS.items():
        if name in names and y.name in parts:
            return "part", name
    for name, contents in rel.PLACES.items():
        if name in names and (y.name in contents or not (y.kinds & contents).isdisjoint(rel.CLASSES)):
            return "place", name
    for name, (scene, kinds, never) in rel.HABITATS.items():
        if (
            name in names
            and scene in y.scenes
            and y.kinds.isdisjoint(never)
            and not (kinds and y.kinds.isdisjoint(kinds))
        ):
            return ("place" if name in rel.PLACES else "part"), name
    return None


def place_after(a: Analysis, phrase: Phrase) -> str | None:
    """The tag behind a noun phrase if words can go in there, else None."""
    index = phrase.full_last + 1
    tag = a.tag_at(index)
    word = a.word_at(index)
    if tag in ("END", "FIN", "ING", "EN", "SUB"):
        return tag
    if tag == "PREP":
        return None if word in _CLOSED_AFTER or a.tag_at(index + 1) == "PRON" else tag
    if tag == "COMMA":
        return tag if not phrase.coordinated else None
    return None


def with_before(a: Analysis, index: int) -> bool:
    """Whether a "with" already stands close before a token, so that a second would run on."""
    for i in range(index, max(-1, index - 12), -1):
        if a.tokens[i].lower in ("with", "without", "w/"):
            return True
        if a.tokens[i].tag in ("FIN", "SUB", "STOP"):
            return False
    return False


def is_view(a: Analysis) -> bool:
    """Whether the caption speaks of itself: "a picture of …", "this is …"."""
    if a.subject is None:
        return False
    opening = {t.lower for t in a.tokens[a.subject.first : a.subject.last + 1]}
    return not opening.isdisjoint(VIEWS)
