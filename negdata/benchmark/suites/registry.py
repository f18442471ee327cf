"""Reads a benchmark, whatever suite it is of: a suite is a file here and a line in ``SUITES``.

Other packages add theirs in the entry-point group ``negdata.suites``: a ``Suite`` of the entry's name.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from pathlib import Path

from negdata.benchmark.suites.base import Bench
from negdata.benchmark.suites.contents import Contents, Document, described, open_contents
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError, unknown_name

SUITES = {
    "negrefcocog": "negdata.benchmark.suites.negrefcocog:SUITE",
    "valse": "negdata.benchmark.suites.valse:SUITE",
    "valse-valid": "negdata.benchmark.suites.valse:VALID",
    "negbench-mcq": "negdata.benchmark.suites.negbench_mcq:SUITE",
    "negbench-retrieval": "negdata.benchmark.suites.negbench_retrieval:SUITE",
    "coco-retrieval": "negdata.benchmark.suites.coco_retrieval:SUITE",
    "pairs": "negdata.benchmark.suites.pairs:SUITE",
    "zero-shot": "negdata.benchmark.suites.zero_shot:SUITE",
    "pope": "negdata.benchmark.suites.pope:SUITE",
}


def read_bench(
    path: Path, *, suite: str | None = None, classes: Path | None = None, templates: Path | None = None
) -> Bench:
    """A benchmark, read whole.

    Args:
        path: a file or a folder.
        suite: one of ``SUITES``; recognised by content where None.
        classes: the names of the classes, for zero-shot classification.
        templates: the sentences that they are put into.

    Raises:
        NegdataError: there is no such suite, the path looks like none, or something is wrong with it.
    """
    known = SUITES | {point.name: point.value for point in entry_points(group="negdata.suites")}
    if suite is not None and suite not in known:
        raise unknown_name("suite", suite, known)
    contents = open_contents(path)
    found = _load(known[suite]) if suite is not None else _recognised(contents, known)
    for name, value in (("--classes", classes), ("--templates", templates)):
        if value is not None and not found.takes_options:
            raise NegdataError(
                f"{name} says nothing about {path}, which is of the suite {found.name}.", "Leave it out."
            )
    return found.read(contents, SuiteOptions(classes, templates))


def _load(place: str) -> Suite:
    module, _, attribute = place.partition(":")
    suite: Suite = getattr(importlib.import_module(module), attribute)
    return suite


def _recognised(contents: Contents, known: dict[str, str]) -> Suite:
    suites = [_load(place) for place in known.values()]
    fitting = [one for one in suites if one.fits(contents)]
    if len(fitting) > 1:
        names = ", ".join(one.name for one in fitting)
        raise NegdataError(f"{contents.path} looks like several suites: {names}.", "Name one with --suite.")
    if not fitting:
        by_layout: dict[str, list[str]] = {}
        for one in suites:
            by_layout.setdefault(one.layout, []).append(one.name)
        layouts = "; ".join(f"{', '.join(names)}: {layout}" for layout, names in by_layout.items())
        raise NegdataError(
            f"{contents.path} is {described(contents)}{_hint(contents)}; that is no benchmark of any suite.",
            f"Give what one of these reads, or name it with --suite: {layouts}.",
        )
    return fitting[0]


def _hint(contents: Contents) -> str:
    """What a file that is no benchmark is, where it is one that people have at hand."""
    value = contents.value if isinstance(contents, Document) else None
    if isinstance(value, dict) and {"annotations", "categories"} <= value.keys():
        return " (COCO instances, whose boxes are no captions)"
    if isinstance(value, dict) and "questions" in value:
        return " (VQA questions)"
    return ""
