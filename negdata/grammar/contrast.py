"""Writes a false caption: it says that something is absent which the caption says is there.

The mention is taken out, and what is left is negated by the very constructions that write the true ones, so that a
model can't tell true from false by their form.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from negdata.grammar.analysis import Analysis, CannotWrite, analyse
from negdata.grammar.drafts import Position, compose
from negdata.grammar.nouns import Absent, absent_of
from negdata.grammar.reduction import Reduced, generalised, reductions, remainders
from negdata.grammar.writing import ordered_drafts, seed_of, weighted_order
from negdata.negation import check_false_caption
from negdata.vocabulary import Mention, vocabulary

# What a kind is called in general, one and many, from the nearest kind to the farthest.
_GENERAL: tuple[tuple[str, str, str], ...] = (
    ("fruit", "piece of fruit", "fruit"),
    ("vegetable", "vegetable", "vegetables"),
    ("dessert", "dessert", "desserts"),
    ("bird", "animal", "animals"),
    ("animal", "animal", "animals"),
    ("vehicle", "vehicle", "vehicles"),
    ("appliance", "appliance", "appliances"),
    ("building", "building", "buildings"),
    ("clothing", "piece of clothing", "clothes"),
    ("furniture", "piece of furniture", "furniture"),
    ("food", "dish", "food"),
    ("person", "person", "people"),
)
BACKGROUND_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Contrast:
    """A false caption, the object that it denies, the construction, and where in the sentence that stands."""

    text: str
    present: str
    construction: str
    position: Position


def write_contrast(caption: str, seed: int, present: str | None = None) -> Contrast:
    """A caption that is false of the image: it says that an object which the caption names is absent.

    ``present`` says which object; where it is None, one that can be taken out cleanly is chosen. Same arguments,
    same sentence. Raises CannotWrite where no mention can be taken out.
    """
    a = analyse(caption)
    rng = random.Random(seed_of("contrast", seed, caption, present or ""))
    mentions = vocabulary().find(a.text)
    if present is not None:
        entry = vocabulary().lookup(present)
        mentions = [m for m in mentions if m.name == (entry.name if entry else present)]
    if not mentions:
        raise CannotWrite("the caption names no known object" if present is None else f"the caption names no {present}")
    problem = CannotWrite("no mention can be taken out")
    every = vocabulary().find(a.text)
    for mention, reduced in _ways(a, mentions, every, rng):
        absent = _as_mentioned(absent_of(mention.name), mention, rng)
        try:
            rest = analyse(reduced.text)
        except CannotWrite:
            continue
        for tried, draft in enumerate(ordered_drafts(rest, absent, rng)):
            text = compose(rest, draft)
            finding = check_false_caption(caption, text, mention.name)
            if finding is None:
                return Contrast(text, mention.name, draft.construction, draft.position)
            problem = CannotWrite(finding.detail, finding.reason)
            if tried >= 4:
                break
    raise problem


def _ways(
    a: Analysis, mentions: list[Mention], every: list[Mention], rng: random.Random
) -> Iterator[tuple[Mention, Reduced]]:
    """Mentions with what is left of the caption without them: clean ways in a weighted order, then the last resorts."""
    single = [m for m in mentions if not any(o is not m and o != m and _kin(o, m) for o in every)]
    clean = [(m, r) for m in single for r in reductions(a, m.start, m.end)]
    clean += [(m, r) for m in single for r in remainders(a, m.start, m.end)]
    yield from weighted_order(clean, [r.weight * _telling(m) for m, r in clean], rng)
    for mention in single:
        kinds = vocabulary().ancestors(mention.name)
        for kind, one, many in _GENERAL:
            if kind in kinds and mention.name != kind:
                for reduced in generalised(a, mention.start, mention.end, one, many, mention.plural):
                    yield mention, reduced
                break


def _telling(mention: Mention) -> float:
    """A caption is seldom about its street or its sky, and denying those says little."""
    return BACKGROUND_WEIGHT if vocabulary().entries[mention.name].background else 1.0


def _kin(one: Mention, other: Mention) -> bool:
    return vocabulary().kin(one.name, other.name)


def _as_mentioned(absent: Absent, mention: Mention, rng: random.Random) -> Absent:
    """In the plural about as often as true captions have it: where the caption has the plural, every other time."""
    if absent.countable and mention.plural and rng.random() < 0.5:
        return replace(absent, prefers_plural=True)
    return absent
