"""NegBench's multiple-choice questions (Alhamoud et al., CVPR 2025): which of four captions is true of an image?"""

from __future__ import annotations

import re
from itertools import count, takewhile

from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.benchmark.suites.contents import Contents, Table
from negdata.benchmark.suites.problems import Problems, name_problem, said, text_problem
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError

_NEEDED = ("image_path", "correct_answer", "caption_0", "caption_1")
_TEMPLATE = "correct_answer_template"
_REMEDY = (
    "Each row must have an image_path, captions in caption_0, caption_1 and so on, and the number of the true one in "
    "correct_answer."
)


def fits(contents: Contents) -> bool:
    """Whether this is a table of numbered captions with a correct answer."""
    return isinstance(contents, Table) and {"correct_answer", "caption_0"} <= set(contents.header)


def read(contents: Contents, options: SuiteOptions) -> ChoiceBench:
    """The questions in their order, grouped by the template of the true caption; raises NegdataError."""
    if not isinstance(contents, Table):
        raise NegdataError(f"{contents.path} is no table of NegBench questions.", _REMEDY)
    missing = [column for column in _NEEDED if column not in contents.header]
    if missing:
        raise NegdataError(f"{contents.path} has no column {', '.join(map(repr, missing))}.", _REMEDY)
    captions = tuple(takewhile(contents.header.__contains__, (f"caption_{number}" for number in count())))
    problems = Problems(contents.path, _REMEDY)
    items = []
    for number, (where, row) in enumerate(contents.records(), 1):
        if isinstance(row, str):
            problems.add(where, row)
            continue
        answer = row["correct_answer"].strip()
        known = re.fullmatch(r"[0-9]{1,3}", answer) is not None and int(answer) < len(captions)
        wrong = problems.add(
            where,
            name_problem("image_path", row["image_path"]),
            None if known else f"correct_answer is {said(answer)}, not one of 0 to {len(captions) - 1}",
            *(text_problem(column, row[column]) for column in captions),
        )
        if wrong:
            continue
        template = row.get(_TEMPLATE, "").strip()
        items.append(
            ChoiceItem(
                id=f"{contents.path.stem}:{number}",
                views=(View(row["image_path"]),),
                texts=tuple(row[column] for column in captions),
                right=int(answer),
                groups={"template": template} if template else {},
            )
        )
    problems.refuse()
    if not items:
        raise NegdataError(f"{contents.path} has no row below its header.", _REMEDY)
    return ChoiceBench(SUITE.name, contents.path, tuple(items))


SUITE = Suite(
    name="negbench-mcq",
    layout="CSV with the columns image_path, correct_answer, caption_0, caption_1, …",
    fits=fits,
    read=read,
)
