"""Writes a negated caption: every construction that fits is a draft, and a seeded draw chooses among them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from negdata.grammar.analysis import Analysis, CannotWrite, analyse
from negdata.grammar.drafts import Draft, Position, compose
from negdata.grammar.ends import end_drafts
from negdata.grammar.hosts import is_person, phrase_names
from negdata.grammar.middles import attached_drafts
from negdata.grammar.nouns import Absent, absent_of
from negdata.grammar.starts import start_drafts
from negdata.negation import check_negated_caption

T = TypeVar("T")
POSITION_WEIGHTS: dict[Position, float] = {"start": 2.0, "middle": 10.0, "end": 5.0}
FULL_SHARE = 4.0


@dataclass(frozen=True, slots=True)
class Written:
    """A negated caption, the construction that was used, and where in the sentence it stands."""

    text: str
    construction: str
    position: Position


def write_negation(caption: str, negated: str, seed: int) -> Written:
    """A caption that says what the given one says, and that ``negated`` is absent.

    The words of the original stay, in their order. The same three arguments give the same sentence. Raises CannotWrite
    where the caption is no English caption, ``negated`` is no name of an object, or no construction passes the checks.
    """
    analysis = analyse(caption)
    absent = absent_of(negated)
    if _echoes(analysis, absent):
        raise CannotWrite(f'the caption has the word "{absent.bare}" already', "names-object-as-present")
    problem = CannotWrite("no construction fits the caption")
    for draft in ordered_drafts(analysis, absent, random.Random(seed_of(seed, caption, negated))):
        text = compose(analysis, draft)
        finding = check_negated_caption(caption, text, negated)
        if finding is None:
            return Written(text, draft.construction, draft.position)
        problem = CannotWrite(finding.detail, finding.reason)
    raise problem


def _echoes(a: Analysis, y: Absent) -> bool:
    """Whether the caption says the word already, of whatever else: "glasses of wine …, but no glasses in sight"."""
    said = [token.lower for token in a.tokens]
    for words in (y.singular.lower().split(), y.plural.lower().split()):
        if any(said[at : at + len(words)] == words for at in range(len(said))):
            return True
    return False


def seed_of(*parts: object) -> int:
    """A 64-bit seed that is the same on every machine and in every run."""
    return int.from_bytes(blake2b("\0".join(map(str, parts)).encode("utf-8", "replace"), digest_size=8).digest(), "big")


def ordered_drafts(a: Analysis, y: Absent, rng: random.Random) -> list[Draft]:
    """All drafts for a caption, in a weighted random order."""
    people = any(is_person(phrase_names(a, p)) for p in a.phrases)
    drafts = [*start_drafts(a, y), *attached_drafts(a, y, people), *end_drafts(a, y, people)]
    return _shuffle(drafts, rng)


def _shuffle(drafts: list[Draft], rng: random.Random) -> list[Draft]:
    """First among positions, within one among its drafts."""
    totals: dict[Position, float] = {}
    for draft in drafts:
        totals[draft.position] = totals.get(draft.position, 0.0) + draft.weight
    # A position that has only makeshifts to offer gets less than its share.
    shares = {p: POSITION_WEIGHTS[p] * min(1.0, total / FULL_SHARE) / total for p, total in totals.items()}
    weights = [shares[draft.position] * draft.weight for draft in drafts]
    return weighted_order(drafts, weights, rng)


def weighted_order(things: Sequence[T], weights: Sequence[float], rng: random.Random) -> list[T]:
    """Weighted sampling without replacement: the heavier, the earlier."""
    keys = [rng.random() ** (1.0 / weight) for weight in weights]
    return [things[i] for i in sorted(range(len(things)), key=lambda i: (-keys[i], i))]
