"""Reads ``refs(umd).p`` and its kin: what people called regions of images."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from negdata.benchmark.pickles import load_plain_pickle
from negdata.benchmark.pointers import Pointer, usable_phrases
from negdata.benchmark.regions import Phrase, Reference
from negdata.benchmark.typed import Id, as_typed

_WHAT = "a list of refs"
_REMEDY = (
    "Give the refs as their authors publish them; each has a ref_id, an ann_id, an image_id, a split and sentences."
)


class _Sentence(msgspec.Struct, gc=False):
    sent_id: Id
    sent: str


class _Ref(msgspec.Struct, gc=False):
    ref_id: Id
    ann_id: Id
    image_id: Id
    split: str
    sentences: list[_Sentence]


def read_refs(path: Path, skipped: Counter[str]) -> list[Pointer]:
    """Every ref of a file, in its order; phrases that can't be used are left out and counted in ``skipped``.

    The text of a phrase is ``sent``, the tokens with a space between ("it ' s head"): so NegRefCOCOg spells its own.

    Raises:
        NegdataError: the file isn't a pickle of plain data, or not a list of refs.
    """
    rows = as_typed(load_plain_pickle(path), list[_Ref], path, _WHAT, _REMEDY)
    return [Pointer(row.image_id, _reference(row, skipped)) for row in rows]


def _reference(row: _Ref, skipped: Counter[str]) -> Reference:
    phrases = usable_phrases((Phrase(one.sent_id, one.sent) for one in row.sentences), skipped)
    return Reference(row.ref_id, row.ann_id, row.split, phrases)
