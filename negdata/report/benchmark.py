"""A benchmark: every item with the regions or texts to choose from; where a model was asked, what it chose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import ChoiceBench, JudgeBench
from negdata.benchmark.suites.negrefcocog import box_problem, to_box
from negdata.benchmark.suites.registry import read_bench
from negdata.errors import NegdataError
from negdata.report.choices import Case, choice_view
from negdata.report.predictions import Predicted, figures, scores_panel
from negdata.report.recognise import manifest_of
from negdata.report.runs import run_panel
from negdata.report.section import Figure, PanelView, Section, cut_notes
from negdata.sources.base import read_bytes

_FACTS = ("category", "kind", "negated", "cue", "position", "split")


def benchmark_section(path: Path, predicted: Sequence[Predicted], limit: int) -> Section:
    """The section of a benchmark's file.

    Args:
        predicted: predictions on it.

    Raises:
        NegdataError: it is no benchmark, or one without items to choose in, of which a report shows predictions.
    """
    bench = read_bench(path)
    if not isinstance(bench, ChoiceBench):
        asks = "asks yes/no questions" if isinstance(bench, JudgeBench) else "is searched or classified as a whole"
        raise NegdataError(
            f"{path} is a benchmark of the suite {bench.suite}, which {asks} and has no candidates to show.",
            "Give the predictions on it: negdata eval … --predictions FILE.",
        )
    answers = {identity: case.answers for one in predicted for identity, case in one.cases.items()}
    rich = _rich(path, bench)
    cases = [
        replace(rich.get(item.id, Case(item)), item=item, answers=answers.get(item.id, ())) for item in bench.items
    ]
    view = choice_view("items", "Items", cases, limit)
    manifest, problem = manifest_of(path)
    notes = [*cut_notes(view, "the wrong ones first" if predicted else "the first of the file")]
    notes += [f"{count:,} of the file are left out: {what}." for what, count in bench.left_out.items()]
    if problem is not None:
        notes.append(problem)
    unknown = len(answers.keys() - {item.id for item in bench.items})
    if unknown:
        notes.append(f"{unknown:,} predictions are on items that this file doesn't have.")
    panels: list[PanelView] = [scores_panel(predicted)] if predicted else []
    if manifest is not None:
        counts = manifest.counts
        panels.append(run_panel(manifest, (counts.kept, counts.rejected, counts.failed), of_records=False))
    return Section(
        kind="benchmark",
        path=path,
        eyebrow=f"Benchmark, {bench.suite}",
        lead=_lead(bench, bool(predicted)),
        figures=figures({k: v for one in predicted for k, v in one.worths().items()}) or _counts(bench),
        views=(view, *panels),
        notes=tuple(notes),
    )


def _rich(path: Path, bench: ChoiceBench) -> dict[str, Case]:
    """What our builder adds to an item of NegRefCOCOg: the boxes inside the crops, and why they were taken."""
    if bench.suite != "negrefcocog":
        return {}
    records = orjson.loads(read_bytes(path))
    found = {}
    for item, record in zip(bench.items, records, strict=False):
        if isinstance(record, dict):
            found[item.id] = Case(item, tight=_boxes(record), why=_why(record), facts=_facts(record))
    return found


def _boxes(record: dict[str, Any]) -> tuple[Box, ...]:
    boxes = record.get("boxes")
    if not isinstance(boxes, list) or any(box_problem("boxes", box) for box in boxes):
        return ()
    return tuple(to_box(box) for box in boxes)


def _why(record: dict[str, Any]) -> tuple[str, ...]:
    why = record.get("why")
    return tuple(map(str, why)) if isinstance(why, list) else ()


def _facts(record: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((key.capitalize(), str(record[key])) for key in _FACTS if isinstance(record.get(key), str))


def _lead(bench: ChoiceBench, asked: bool) -> str:
    images = len({view.image for item in bench.items for view in item.views})
    told = f"{len(bench.items):,} items on {images:,} images."
    if asked:
        return f"{told} What models got wrong comes first."
    return f"{told} The right answer is green." if len(bench.items) else told


def _counts(bench: ChoiceBench) -> tuple[Figure, ...]:
    cues = Counter(item.groups.get("cue", "") for item in bench.items)
    common = [Figure(f"“{cue}”", f"{count:,}") for cue, count in cues.most_common(3) if cue]
    return (Figure("items", f"{len(bench.items):,}"), *common)
