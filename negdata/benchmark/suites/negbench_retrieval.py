"""NegBench's retrieval rows, plain and negated (Alhamoud et al., CVPR 2025): captions that have to find their image."""

from __future__ import annotations

import ast
import warnings

from negdata.benchmark.suites.base import RetrievalBench
from negdata.benchmark.suites.contents import Contents, Table
from negdata.benchmark.suites.problems import Problems, name_problem, said, text_problem
from negdata.benchmark.suites.retrieval import Gallery
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError

LONGEST_CELL = 100_000
"""Characters of a list of captions: the longest published one has under a thousand."""
MOST_CAPTIONS = 1_000
_NEEDED = {"filepath", "captions"}
_REMEDY = "Each row must have a filepath, and in captions a list such as \"['A cat.', 'No dog is near the cat.']\"."


def fits(contents: Contents) -> bool:
    """Whether this is a table of image files and lists of captions."""
    return isinstance(contents, Table) and set(contents.header) >= _NEEDED


def read(contents: Contents, options: SuiteOptions) -> RetrievalBench:
    """All images, and all captions of all rows; raises NegdataError."""
    if not isinstance(contents, Table) or not fits(contents):
        raise NegdataError(f"{contents.path} is no table with the columns filepath and captions.", _REMEDY)
    problems = Problems(contents.path, _REMEDY)
    gallery = Gallery()
    for where, row in contents.records():
        if isinstance(row, str):
            problems.add(where, row)
            continue
        captions = _captions(row["captions"])
        listed = captions if isinstance(captions, list) else []
        wrong = problems.add(
            where,
            name_problem("filepath", row["filepath"]),
            captions if isinstance(captions, str) else None,
            *(text_problem(f"captions[{place}]", caption) for place, caption in enumerate(listed)),
        )
        for caption in () if wrong else listed:
            gallery.add(row["filepath"], caption)
    problems.refuse()
    if not gallery:
        raise NegdataError(f"{contents.path} has no row below its header.", _REMEDY)
    return gallery.bench(SUITE.name, contents.path, {})


def _captions(cell: str) -> list[str] | str:
    """The list that a cell spells as Python does, or what is wrong with the cell; nothing in it is ever run."""
    if len(cell) > LONGEST_CELL:
        return f"captions has {len(cell):,} characters; at most {LONGEST_CELL:,} are read"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a caption with a backslash is spelt badly, but can be read
            value = ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return f"captions is {said(cell)}, not a list of captions"
    if not isinstance(value, list) or not value:
        return f"captions is {said(cell)}, not a list of captions"
    if len(value) > MOST_CAPTIONS:
        return f"captions has {len(value):,} captions; at most {MOST_CAPTIONS:,} are read"
    return value


SUITE = Suite(
    name="negbench-retrieval",
    layout="CSV with the columns filepath and captions, the latter a list",
    fits=fits,
    read=read,
)
