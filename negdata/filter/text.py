"""What can be told of a caption record without a look at its image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from negdata.filter.contradiction import check_contradiction
from negdata.filter.denied import denied_object, newly_denied
from negdata.filter.duplicates import check_duplicate, check_near_duplicate
from negdata.filter.ungrammatical import check_grammar
from negdata.filter.unsafe import check_unsafe
from negdata.negation import Finding, find_cues
from negdata.records import CaptionRecord

TEXT_CHECKS: dict[str, str] = {
    "empty": "the negated caption has no words",
    "unsafe": "it holds what no training caption should: addresses, markup, orders to a model, slurs",
    "ungrammatical": "it holds leftovers of its generation that the original caption doesn't have",
    "no-negation": "nothing in it negates, or nothing that the original caption didn't negate already",
    "duplicate": "an earlier caption of the image is the same sentence",
    "near-duplicate": "an earlier caption of the image denies the same in nearly the same words",
    "contradiction": "it denies what a caption of the image names as present",
}
"""Reason code → what it means, in the order in which they are checked."""


@dataclass(frozen=True, slots=True)
class ImageText:
    """What is written about a record's image elsewhere.

    Attributes:
        captions: the image's original captions, whether the record's own is among them or not.
        earlier: the negated captions that stand before the record's, each with the object that it denies where known.
    """

    captions: tuple[str, ...] = ()
    earlier: tuple[tuple[str, str | None], ...] = ()


def check_text(record: CaptionRecord, image: ImageText, without: frozenset[str] = frozenset()) -> Finding | None:
    """The first thing wrong with a record, or None; checks whose code is in ``without`` are left out.

    A record that has no negated caption yet can only contradict.
    """
    for reason, check in _CHECKS.items():
        if reason not in without and (record.negated_caption is not None or reason == "contradiction"):
            finding = check(record, record.negated_caption or "", image)
            if finding is not None:
                return finding
    return None


def _empty(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    return None if any(map(str.isalnum, written)) else Finding("empty", "the negated caption has no words")


def _unsafe(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    finding = check_unsafe(written)
    return finding if finding is not None or record.false_caption is None else check_unsafe(record.false_caption)


def _ungrammatical(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    return check_grammar(record.caption, written)


def _no_negation(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    had = [cue.cue for cue in find_cues(record.caption)]
    for cue in find_cues(written):
        if cue.cue not in had:
            return None
        had.remove(cue.cue)
    # A rewrite may say the caption's own negation in other words, and use its "no" for something else.
    if newly_denied(record.caption, written):
        return None
    return Finding("no-negation", "nothing in it negates that the original caption doesn't negate already")


def _duplicate(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    return check_duplicate(written, image.earlier)


def _near_duplicate(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    return check_near_duplicate(written, record.negated, image.earlier)


def _contradiction(record: CaptionRecord, written: str, image: ImageText) -> Finding | None:
    if not _is_object(record):
        return None
    negated = record.negated or denied_object(record.caption, written)
    return None if negated is None else check_contradiction(negated, (record.caption, *image.captions))


def _is_object(record: CaptionRecord) -> bool:
    """Whether what the record denies is an object as such: "no leaves on the trees" denies neither, anywhere."""
    return record.question is None and record.pipeline != "vqa"


_CHECKS: dict[str, Callable[[CaptionRecord, str, ImageText], Finding | None]] = {
    "empty": _empty,
    "unsafe": _unsafe,
    "ungrammatical": _ungrammatical,
    "no-negation": _no_negation,
    "duplicate": _duplicate,
    "near-duplicate": _near_duplicate,
    "contradiction": _contradiction,
}
