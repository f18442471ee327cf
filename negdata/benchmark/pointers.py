"""References with the image that they point into: which phrases of them are used, and which belong to a split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from negdata.benchmark.regions import Phrase, Reference
from negdata.errors import NegdataError
from negdata.sources.base import MAX_CAPTION_CHARACTERS, shorten

ALL = "all"
TEST = ("test", "testA", "testB")
"""RefCOCO has two tests, of people and of other things."""
BLANK = "blank phrases"
TOO_LONG = f"phrases of more than {MAX_CAPTION_CHARACTERS:,} characters"
UNPRINTABLE = "phrases with control characters"
OTHER_SPLITS = "refs of other splits"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference, and the id of the image in which its region is."""

    image_id: int
    reference: Reference


def usable_phrases(phrases: Iterable[Phrase], skipped: Counter[str]) -> tuple[Phrase, ...]:
    """The phrases that say something, as they were typed; the others are counted in ``skipped``."""
    kept = []
    for phrase in phrases:
        problem = _problem(phrase.text)
        if problem is None:
            kept.append(phrase)
        else:
            skipped[problem] += 1
    return tuple(kept)


def _problem(text: str) -> str | None:
    if not text.strip():
        return BLANK
    if len(text) > MAX_CAPTION_CHARACTERS:
        return TOO_LONG
    return UNPRINTABLE if _CONTROL.search(text) else None


def of_split(path: Path, pointers: Sequence[Pointer], split: str, skipped: Counter[str]) -> list[Pointer]:
    """Those of a split, "all" for every one; "test" is testA and testB as well.

    Raises:
        NegdataError: an id stands twice in the file, or it has none of the split.
    """
    _check_ids(path, pointers)
    names = TEST if split == "test" else (split,)
    chosen = [pointer for pointer in pointers if split == ALL or pointer.reference.split in names]
    if chosen:
        if len(chosen) < len(pointers):
            skipped[OTHER_SPLITS] += len(pointers) - len(chosen)
        return chosen
    if not pointers:
        raise NegdataError(f"{path} holds no refs at all.", "Take the file as its authors publish it.")
    counts = Counter(pointer.reference.split for pointer in pointers)
    listed = ", ".join(f"{shorten(repr(name))} ({count:,})" for name, count in counts.most_common(10))
    raise NegdataError(
        f"{path} holds no refs of the split {split!r}; it holds{' only' if len(counts) == 1 else ''} {listed}.",
        f"Choose one with --split, or all of them with --split {ALL}.",
    )


def _check_ids(path: Path, pointers: Sequence[Pointer]) -> None:
    """Splits may be split anew by id, and items are named by it."""
    for what, ids in (
        ("refs", Counter(pointer.reference.id for pointer in pointers)),
        ("sentences", Counter(phrase.id for pointer in pointers for phrase in pointer.reference.phrases)),
    ):
        twice = [identity for identity, count in ids.most_common(10) if count > 1]
        if twice:
            raise NegdataError(
                f"{path} has {what} that share their id: {', '.join(map(str, twice))}.",
                "Take the file as its authors publish it, in which each has its own.",
            )
