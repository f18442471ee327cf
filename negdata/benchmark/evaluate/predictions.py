"""``--predictions FILE``: what every model made of every item, a line each, from which all figures can be recounted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.suites.base import Bench
from negdata.records import json_line
from negdata.whole_files import whole_file

Write = Callable[[Bench, Scored], None]


@contextmanager
def open_predictions(path: Path | None) -> Iterator[Write]:
    """Takes the scores of a model on a benchmark; the file is there once all are.

    A score that is no number is null.

    Raises:
        NegdataError: it can't be written.
    """
    if path is None:
        yield _nowhere
        return
    with whole_file(path) as write:

        def write_all(bench: Bench, scored: Scored) -> None:
            head = {"suite": bench.suite, "bench": str(bench.path), "model": scored.scores.model}
            for line in scored.lines:
                write(json_line({**head, **line}))

        yield write_all


def _nowhere(bench: Bench, scored: Scored) -> None:
    """Where no file is asked for."""
