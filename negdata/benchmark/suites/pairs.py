"""Pairs in CC-Neg's manner (Singh et al., WACV 2025): which of two captions is true of an image?

Read are tables, JSON lists and JSON lines with an image, a true and a false caption a row, under the names in
``PAIRS``; negdata's own caption records, where what is true is the *negated* caption; and CC-Neg as it is published, a
file of ``torch.save`` with ``image_paths`` and ``annotations``, or the same as JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.benchmark.suites.contents import Contents, Document, Lines, Packed, Table, first_records
from negdata.benchmark.suites.negation import NO_CUE, first_cue, which_negates
from negdata.benchmark.suites.problems import Problems, name_problem, said, text_problem
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError
from negdata.sources.tables import IMAGE_NAMES

PAIRS = (
    ("negated_caption", "false_caption"),
    *((true, false) for true in ("true_caption", "positive_caption") for false in ("negated_caption", "false_caption")),
    *((true, false) for true in ("true_caption", "positive_caption") for false in ("negative_caption", "foil")),
    *(("caption", false) for false in ("false_caption", "foil", "negative_caption", "negated")),
)
"""Names of the true and the false caption, the surest first; capitals, spaces and hyphens don't count."""
OURS = frozenset({"pipeline", "made_by", "verdict", "reason", "error"})
"""What marks a caption record of negdata, in which ``negated`` is the name of an object."""
EVALUATED = 40_000
"""CC-Neg is evaluated on its last 40,000 pairs; CoN-CLIP is trained on the others."""
ROOT = "/workspace/datasets/cc3m/"
"""What each path in the published file begins with, on the machine that wrote it."""
_TRAINED_ON = f"pairs before the last {EVALUATED:,}, which CoN-CLIP is trained on"
_NO_FALSE = "records without a false caption"
_REMEDY = (
    'Each record must have an image, a true and a false caption: {"image": "NAME", "true_caption": "…", '
    '"false_caption": "…"}.'
)


def fits(contents: Contents) -> bool:
    """Whether a record has an image, and captions of which one may be false."""
    if isinstance(contents, Packed):
        return True
    if isinstance(contents, Document) and isinstance(contents.value, dict):
        return {"image_paths", "annotations"} <= contents.value.keys()
    columns = [contents.header] if isinstance(contents, Table) else first_records(contents)
    return any(_columns(names) is not None or _untold(names) for names in columns)


def read(contents: Contents, options: SuiteOptions) -> ChoiceBench:
    """The pairs in their order, the true caption first, and how many are left out; raises NegdataError."""
    left_out: Counter[str] = Counter()
    problems = Problems(contents.path, _REMEDY)
    items: list[ChoiceItem] = []
    for number, (where, record) in enumerate(_records(contents, left_out), 1):
        if not isinstance(record, dict):
            problems.add(where, record if isinstance(record, str) else f"it is {said(record)}, not an object")
            continue
        columns = _columns(record)
        if columns is None and _untold(record):
            left_out[_NO_FALSE] += 1
        elif columns is None:
            problems.add(where, "it has no image, or no true and false caption")
        else:
            item = _item(f"{contents.path.stem}:{number}", where, record, columns, problems)
            if item is not None and not problems.add_id(where, item.id):
                items.append(item)
    problems.refuse()
    if not items:
        raise NegdataError(
            f"{contents.path} has no caption that is known to be false{', only negated ones' if left_out else ''}.",
            "Have false captions written with negdata caption --contrast; in a file of others, name the columns "
            "true_caption and false_caption.",
        )
    return ChoiceBench(SUITE.name, contents.path, tuple(items), dict(left_out))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The names under which a record has its image, its true caption and its false one."""

    image: str
    true: str
    false: str


def _columns(names: Iterable[str]) -> _Columns | None:
    by_plain = {_plain(name): name for name in names}
    image = next((by_plain[name] for name in IMAGE_NAMES if name in by_plain), None)
    for true, false in PAIRS:
        about_object = false == "negated" and not OURS.isdisjoint(by_plain)
        if image is not None and true in by_plain and false in by_plain and not about_object:
            return _Columns(image, by_plain[true], by_plain[false])
    return None


def _untold(names: Iterable[str]) -> bool:
    """Whether a record has a negated caption, or is one of negdata's, and names no caption that is false."""
    plain = set(map(_plain, names))
    negated = "negated_caption" in plain or ("caption" in plain and not OURS.isdisjoint(plain))
    return negated and "false_caption" not in plain


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _item(
    identity: str, where: str, record: Mapping[str, Any], columns: _Columns, problems: Problems
) -> ChoiceItem | None:
    image, true, false = (record.get(name) for name in (columns.image, columns.true, columns.false))
    wrong = problems.add(
        where,
        name_problem(columns.image, image),
        text_problem(columns.true, true),
        text_problem(columns.false, false),
        f"{columns.true} and {columns.false} are both {said(true)}" if true == false and true else None,
    )
    if wrong:
        return None
    own = record.get("id")
    cue = first_cue(record[columns.true]) or first_cue(record[columns.false])
    return ChoiceItem(
        id=str(own) if isinstance(own, int | str) and own != "" else identity,
        views=(View(record[columns.image]),),
        texts=(record[columns.true], record[columns.false]),
        right=0,
        groups={
            "negation": which_negates(record[columns.true], record[columns.false]),
            "cue": cue.cue if cue is not None else NO_CUE,
        },
    )


def _records(contents: Contents, left_out: Counter[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(contents, Packed):
        return _published(Document(contents.path, _unpacked(contents)), left_out)
    if isinstance(contents, Document) and isinstance(contents.value, dict):
        return _published(contents, left_out)
    if isinstance(contents, Document | Lines | Table):
        return iter(contents.records())
    raise NegdataError(f"{contents.path} is a folder.", _REMEDY)


def _published(document: Document, left_out: Counter[str]) -> Iterator[tuple[str, Any]]:
    """The pairs of CC-Neg that are evaluated, as its authors do: commas are taken out of the false caption."""
    images, annotations = _within(document.value, "image_paths"), _within(document.value, "annotations")
    if not isinstance(images, list) or not isinstance(annotations, list) or len(images) != len(annotations):
        raise NegdataError(
            f"{document.path} is not CC-Neg: image_paths and annotations must be lists of the same length.", _REMEDY
        )
    trained_on = max(0, len(images) - EVALUATED)
    if trained_on:
        left_out[_TRAINED_ON] = trained_on
    for number in range(trained_on, len(images)):
        image, annotation = images[number], annotations[number]
        false = _within(annotation, "sop_data", "negative-prompt")
        yield (
            f"pair {number + 1}",
            {
                "image": image.removeprefix(ROOT) if isinstance(image, str) else image,
                "true_caption": _within(annotation, "json", "caption"),
                "false_caption": false.replace(",", "") if isinstance(false, str) else false,
            },
        )


def _within(value: object, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _unpacked(packed: Packed) -> Any:
    """What ``torch.save`` wrote, where that is plain data; nothing in the file is run."""
    try:
        import torch
    except ImportError as error:
        raise NegdataError(
            f"{packed.path} is a file of torch.save, and torch is not installed.", "pip install 'negdata[train]'"
        ) from error
    try:
        return torch.load(packed.path, map_location="cpu", weights_only=True)
    except Exception as error:  # of hostile bytes nearly anything comes
        raise NegdataError(
            f"{packed.path} can't be read: it is no file of torch.save, or holds more than plain data.",
            "Write its image_paths and annotations as JSON.",
        ) from error


SUITE = Suite(
    name="pairs",
    layout="records (CSV, JSON list or JSON lines) with an image, a true and a false caption; CC-Neg's .pt",
    fits=fits,
    read=read,
)
