"""Reads the shipped object files; their format is described in ``objects/README.md``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from negdata.errors import NegdataError
from negdata.vocabulary.inflection import plural

FOLDER = Path(__file__).parent / "objects"
ACTIVITIES = "activities.txt"


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An everyday object.

    Attributes:
        name: its canonical name; ``plural`` its plural (a mass noun's is the name).
        synonyms: other singular names, and those plurals that have no singular here.
        isa: its direct parents.
        scenes: where one would expect it.
        implies: what is there with it though unsaid (a surfer has a surfboard).
        background: whether it is nearly always there unmentioned, so that saying that it is absent is mostly false.
    """

    name: str
    plural: str
    mass: bool
    synonyms: tuple[str, ...]
    isa: tuple[str, ...]
    scenes: tuple[str, ...]
    implies: tuple[str, ...]
    background: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A spelling of an object."""

    text: str
    name: str
    plural: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """Words that tell a scene, or only hint at it, and what goes with them unsaid."""

    words: tuple[str, ...]
    scenes: tuple[str, ...]
    implies: tuple[str, ...]
    hint: bool


@dataclass(frozen=True, slots=True)
class ObjectFiles:
    """All that the object files hold."""

    entries: tuple[ObjectEntry, ...]
    forms: tuple[Form, ...]
    blocked: tuple[str, ...]
    activities: tuple[Activity, ...]


@lru_cache(maxsize=1)
def read_object_files() -> ObjectFiles:
    """The shipped objects; NegdataError names file and line of what can't be read."""
    entries: list[ObjectEntry] = []
    forms: list[Form] = []
    blocked: list[str] = []
    for path in sorted(FOLDER.glob("*.txt")):
        if path.name == ACTIVITIES:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("*"):
                blocked.append(line.strip("* \t"))
                continue
            fields = [field.strip() for field in line.split("|")]
            if len(fields) != 5 or not fields[0].lstrip("-~ "):
                raise NegdataError(f"{path.name}, line {number}, has {len(fields)} fields.", "It must have five.")
            _read_entry(fields, entries, forms)
    return ObjectFiles(tuple(entries), tuple(forms), tuple(blocked), _read_activities())


def _read_entry(fields: list[str], entries: list[ObjectEntry], forms: list[Form]) -> None:
    marked, synonyms, isa, scenes, implies = fields
    spelled = marked.lstrip("-~")
    marks = marked[: len(marked) - len(spelled)]
    name, slash, given = spelled.partition("/")
    mass = "~" in marks
    many = given if slash else (name if mass else plural(name))
    forms.append(Form(name, name, plural=many == name and not mass))
    if many != name:
        forms.append(Form(many, name, plural=True))
    names: list[str] = []
    for synonym in _list(synonyms):
        if synonym.startswith("="):
            forms.append(Form(synonym[1:], name, plural=True))
            names.append(synonym[1:])
            continue
        single, slash, given = synonym.partition("/")
        forms.append(Form(single, name, plural=False))
        names.append(single)
        if not mass or slash:
            forms.append(Form(given if slash else plural(single), name, plural=True))
    entries.append(
        ObjectEntry(
            name=name,
            plural=many,
            mass=mass,
            synonyms=tuple(names),
            isa=tuple(_list(isa)),
            scenes=tuple(_list(scenes)),
            implies=tuple(_list(implies)),
            background="-" in marks,
        )
    )


def _read_activities() -> tuple[Activity, ...]:
    activities = []
    for line in (FOLDER / ACTIVITIES).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            words, scenes, implies = (tuple(_list(field)) for field in line.removeprefix("?").split("|"))
            activities.append(Activity(words, scenes, implies, hint=line.startswith("?")))
    return tuple(activities)


def data_digest() -> str:
    """A hash of the shipped objects and their co-occurrence: records written under another one differ."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted((*FOLDER.glob("*.txt"), *FOLDER.parent.glob("*.tsv.gz"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _list(field: str) -> list[str]:
    return [part.strip() for part in field.split(",") if part.strip()]
