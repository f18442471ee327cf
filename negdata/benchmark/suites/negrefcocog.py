"""NegRefCOCOg (Park et al., ICCV 2025) and our editions of it: which of several regions does a negated phrase fit?

The published item is ``{"image", "phrase", "ref_bbox", "bbox_list"}``, boxes ``[x, y, w, h]`` in pixels of the image;
what a model is shown are the boxes themselves. Our builder adds ``id``, ``cue``, ``kind``, ``position``, ``category``
and ``image_size`` ``[width, height]``; where ``cue`` and ``position`` are absent they are told from the phrase.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.benchmark.suites.contents import Contents, Document, has_keys
from negdata.benchmark.suites.negation import NO_CUE, cue_position, first_cue
from negdata.benchmark.suites.problems import Problems, name_problem, said, text_problem
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError

GROUPS = ("cue", "kind", "position", "category")
LARGEST = 1_000_000
"""Pixels: no image has more on a side."""
_REMEDY = (
    'Each item must be {"image": "NAME", "phrase": "…", "ref_bbox": [x, y, w, h], "bbox_list": [two boxes or more]}, '
    "with ref_bbox among them once."
)


def fits(contents: Contents) -> bool:
    """Whether this is a list with an item that has the boxes and the phrase."""
    return isinstance(contents, Document) and has_keys(contents, {"phrase", "bbox_list"})


def read(contents: Contents, options: SuiteOptions) -> ChoiceBench:
    """The items in their order; raises NegdataError that tells what is wrong with which."""
    if not isinstance(contents, Document) or not isinstance(contents.value, list):
        raise NegdataError(f"{contents.path} is no list of NegRefCOCOg items.", _REMEDY)
    if not contents.value:
        raise NegdataError(f"{contents.path} holds an empty list.", _REMEDY)
    problems = Problems(contents.path, _REMEDY)
    items = []
    for number, (where, record) in enumerate(contents.records(), 1):
        if not isinstance(record, dict):
            problems.add(where, f"it is {said(record)}, not an object")
            continue
        item = _item(f"{contents.path.stem}:{number}", where, record, problems)
        if item is not None and not problems.add_id(where, item.id):
            items.append(item)
    problems.refuse()
    return ChoiceBench(SUITE.name, contents.path, tuple(items))


def _item(identity: str, where: str, record: Mapping[str, Any], problems: Problems) -> ChoiceItem | None:
    boxes = record.get("bbox_list")
    few = boxes if isinstance(boxes, list) else []
    named = record.get("id")
    size = record.get("image_size")
    wrong = problems.add(
        where,
        name_problem("image", record.get("image")),
        text_problem("phrase", record.get("phrase")),
        box_problem("ref_bbox", record.get("ref_bbox")),
        None if len(few) >= 2 else f"bbox_list is {said(boxes)}, not a list of two boxes or more",
        *(box_problem(f"bbox_list[{place}]", box) for place, box in enumerate(few)),
        None if named is None or _is_id(named) else f"id is {said(named)}, neither text nor a number",
        None if size is None or _is_size(size) else f"image_size is {said(size)}, not [width, height]",
        *(_group_problem(key, record.get(key)) for key in GROUPS),
    )
    if wrong:
        return None
    target, found = to_box(record["ref_bbox"]), [to_box(box) for box in few]
    if found.count(target) != 1:
        among = "is none of bbox_list" if target not in found else f"stands {found.count(target)} times in bbox_list"
        problems.add(where, f"ref_bbox {said(record['ref_bbox'])} {among}")
        return None
    whole = (size[0], size[1]) if size is not None else None
    return ChoiceItem(
        id=str(named) if named is not None else identity,
        views=tuple(View(record["image"], box, whole) for box in found),
        texts=(record["phrase"],),
        right=found.index(target),
        groups=_groups(record),
    )


def box_problem(field: str, value: object) -> str | None:
    """Why this can't be a box, or None: four finite numbers, the corner in the image, with a width and a height."""
    if not isinstance(value, list) or len(value) != 4:
        return f"{field} is {said(value)}, not a box [x, y, w, h]"
    for name, number in zip("xywh", value, strict=True):
        if isinstance(number, bool) or not isinstance(number, int | float):
            return f"{field} has {name} {said(number)}, which is no number"
        if not (math.isfinite(number) if isinstance(number, float) else abs(number) <= LARGEST):
            return f"{field} has {name} {said(number)}, which is no number of pixels"
        if number < 0 or number > LARGEST or (name in "wh" and number == 0):
            return f"{field} has {name} {said(number)}, outside of any image"
    return None


def to_box(value: list[float]) -> Box:
    """A box that has no problem."""
    x, y, w, h = map(float, value)
    return x, y, w, h


def _is_id(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def _is_size(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(side, int) and not isinstance(side, bool) and 0 < side <= LARGEST for side in value)
    )


def _group_problem(key: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()):
        return None
    return f"{key} is {said(value)}, not a short text"


def _groups(record: Mapping[str, Any]) -> dict[str, str]:
    """What the item says of itself; its cue and where that stands are told from the phrase where it doesn't."""
    cue = first_cue(record["phrase"])
    told = {"cue": cue.cue if cue is not None else NO_CUE}
    if cue is not None:
        told["position"] = cue_position(record["phrase"], cue.start)
    given = {key: record[key] for key in GROUPS if record.get(key) is not None}
    return told | given


SUITE = Suite(
    name="negrefcocog",
    layout='a JSON list of {"image", "phrase", "ref_bbox", "bbox_list"}',
    fits=fits,
    read=read,
)
