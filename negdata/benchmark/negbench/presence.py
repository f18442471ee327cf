"""What can be said of an image for certain: which annotated objects it shows, and which plausible ones it doesn't."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from negdata.benchmark.negbench.annotated import AnnotatedCaptions
from negdata.caption.candidates import ImageContext, image_context
from negdata.filter.contradiction import check_contradiction
from negdata.grammar.nouns import Absent, absent_of
from negdata.negation.naming import target
from negdata.vocabulary import Cooccurrence, ObjectEntry, vocabulary

LOOKALIKES = Path(__file__).with_name("lookalikes.txt")
Noun = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z '-]{0,40}$")]
Named = TypeVar("Named", list[str], dict[str, tuple[str, str]])


class ObjectOptions(BaseModel):
    """Which objects a benchmark speaks of, and how it calls them.

    Attributes:
        least_share: the part of the image that the largest box of an object covers, below which an object that no
            caption names is too small to speak of.
        least_plausible: the score by co-occurrence below which nobody would look for an object.
        most_absent: how many absent objects of an image are spoken of at most, the most plausible ones.
        left_out: categories that are never spoken of, as people disagree on them.
        only_named: categories that count as shown only where a caption names them: of people whom none names there is
            often but a hand to be seen.
        names: category → one and many, where it should be called otherwise than the vocabulary calls it.
    """

    model_config = ConfigDict(extra="forbid")

    least_share: float = Field(default=0.005, ge=0, le=1)
    least_plausible: float = Field(default=0.04, ge=0)
    most_absent: int = Field(default=16, ge=1, le=200)
    left_out: list[str] = []
    only_named: list[str] = []
    names: dict[str, tuple[Noun, Noun]] = {}

    @field_validator("left_out", "only_named", "names")
    @classmethod
    def _known(cls, named: Named) -> Named:
        unknown = [name for name in named if vocabulary().lookup(name) is None]
        if unknown:
            raise ValueError(f"the vocabulary has no {unknown[0]!r}")
        return named


@dataclass(frozen=True, slots=True)
class Presence:
    """Categories of an image, by their names in the annotations.

    Attributes:
        shown: what it shows plainly.
        absent: what it doesn't show though it well could, the most plausible first.
    """

    shown: tuple[str, ...]
    absent: tuple[str, ...]


def presence(image: AnnotatedCaptions, options: ObjectOptions) -> Presence:
    """What may be affirmed and denied of an image.

    Shown is what is annotated, and is named by a caption, or is large and called nothing else by them. Absent is what
    the annotations would hold if it were there, and neither they nor a caption hold it, a kind of it, what it is a
    kind of, or what it is taken for.
    """
    entries = _entries(image.present)
    context = image_context(image.captions)
    spoken_of = {entry.name: name for name, entry in entries.items() if name not in options.left_out}
    shown = tuple(name for name in spoken_of.values() if _is_shown(name, image, context, options))
    seen = replace(context, mentioned=context.mentioned | {entry.name for entry in entries.values()})
    absent = {
        entry.name: name
        for name, entry in _entries(image.exhaustive).items()
        if name not in image.present and name not in options.left_out and _is_absent(entry.name, image, seen)
    }
    scored = Cooccurrence.shipped().plausible(seen.mentioned, len(absent), seen.scenes, frozenset(absent))
    # People and sinks are never proposed to a caption's writer, who can't know whether they are there unmentioned.
    known = [name for name in absent if vocabulary().entries[name].background and _at_home(name, seen)]
    ranked = [*known, *(name for name, score in scored if score >= options.least_plausible)]
    return Presence(shown, tuple(absent[name] for name in ranked[: options.most_absent]))


def called(category: str, names: Mapping[str, tuple[str, str]]) -> str:
    """What a category of which something may be said is called."""
    return names[category][0] if category in names else _entries([category])[category].name


def noun(category: str, names: Mapping[str, tuple[str, str]]) -> Absent:
    """The same as English needs it."""
    forms = absent_of(_entries([category])[category].name)
    if category not in names:
        return forms
    one, many = names[category]
    return replace(forms, singular=one, plural=many)


def _entries(categories: Iterable[str]) -> dict[str, ObjectEntry]:
    found = {name: vocabulary().lookup(name) for name in categories}
    return {name: entry for name, entry in found.items() if entry is not None}


def _is_shown(name: str, image: AnnotatedCaptions, seen: ImageContext, options: ObjectOptions) -> bool:
    entry = _entries([name])[name]
    named = [caption for caption in image.captions if target(entry.name).kinds(caption)]
    if named:
        # A caption may say that it isn't there: "a bathroom with no toilets".
        return check_contradiction(entry.name, named) is not None
    # What is boxed as a sheep and called a goat by those who saw it may be either.
    other_names = seen.mentioned - {other.name for other in _entries(image.present).values()}
    return (
        name not in options.only_named
        and image.shares.get(name, 1.0) >= options.least_share
        and other_names.isdisjoint(_taken_for(entry.name))
    )


def _is_absent(name: str, image: AnnotatedCaptions, seen: ImageContext) -> bool:
    known = vocabulary()
    there = seen.mentioned | seen.implied
    return (
        not any(known.kin(name, other) or known.ancestors(other) & _taken_for(name) for other in there)
        and not any(target(name).kinds(caption) for caption in image.captions)
        and check_contradiction(name, image.captions) is None
    )


def _at_home(name: str, seen: ImageContext) -> bool:
    scenes = vocabulary().entries[name].scenes
    return "any" in scenes or not seen.scenes.isdisjoint(scenes)


def _taken_for(name: str) -> frozenset[str]:
    return _lookalikes().get(name, frozenset())


@lru_cache(maxsize=1)
def _lookalikes() -> dict[str, frozenset[str]]:
    """For an object what it is taken for, itself not included."""
    found: dict[str, frozenset[str]] = {}
    for line in LOOKALIKES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            group = frozenset(line.split(", "))
            for name in group:
                found[name] = found.get(name, frozenset()) | (group - {name})
    return found
