"""The figures of a report as rows, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from negdata.benchmark.evaluate.report import BenchScores, EvalReport, Figure, ModelScores, Share
from negdata.whole_files import whole_file

COLUMNS = (
    *("suite", "bench", "model", "metric", "group", "of_group", "value", "low", "high", "n", "of", "partial"),
    *("chance", "blind_rule", "blind", "source"),
)
Row = dict[str, object]


@contextmanager
def open_csv(path: Path | None) -> Iterator[Callable[[EvalReport], None]]:
    """Takes a report, and has it as CSV in the file; opened before the work, so that a bad path is told at once.

    Raises:
        NegdataError: it can't be written.
    """
    if path is None:
        yield lambda _: None
        return
    with whole_file(path) as write:
        yield lambda report: write(as_csv(report).encode())


def as_csv(report: EvalReport) -> str:
    """A row a figure, one more for each of its groups, and one for each published score; shares are in [0, 1]."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for bench in report.benches:
        writer.writerows(_rows(bench))
    return text.getvalue()


def _rows(bench: BenchScores) -> Iterator[Row]:
    head: Row = {"suite": bench.suite, "bench": bench.path}
    for scores in bench.models:
        for one in scores.figures:
            yield from _of_figure(head | {"model": scores.model, "metric": one.metric}, scores, one)
    for one in bench.models[0].figures:
        for score in one.published:
            published = {"model": score.model, "metric": one.metric, "value": score.value, "source": score.source}
            yield head | published


def _of_figure(head: Row, scores: ModelScores, one: Figure) -> Iterator[Row]:
    blind = {"blind_rule": one.blind.rule, "blind": one.blind.value} if one.blind else {}
    partial = "yes" if scores.partial else "no"
    yield head | _share(one) | {"of": one.of, "partial": partial, "chance": one.chance} | blind
    for key, groups in one.groups.items():
        for group, inside in groups.items():
            yield head | {"group": key, "of_group": group, "partial": partial} | _share(inside)


def _share(one: Share | Figure) -> Row:
    return {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
