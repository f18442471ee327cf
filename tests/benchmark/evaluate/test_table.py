"""The figures as rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from negdata.benchmark.evaluate import as_csv
from negdata.benchmark.evaluate.report import BenchScores, BlindRule, EvalReport, Figure, ModelScores, Published, Share
from negdata.benchmark.evaluate.table import open_csv
from negdata.errors import NegdataError

FIGURE = Figure(
    metric="accuracy",
    value=0.75,
    n=4,
    of=5,
    low=0.3,
    high=0.95,
    chance=0.5,
    blind=BlindRule(rule="smaller crop", value=0.6),
    published=[Published(model="CLIP, B/32", value=0.5773, source="a paper")],
    groups={"cue": {"no": Share(value=1.0, n=2, low=0.34, high=1.0)}},
)
BENCH = BenchScores(
    suite="negrefcocog",
    path="bench.json",
    digest="00",
    items=5,
    models=[ModelScores(model=name, figures=[FIGURE], failed={"image-missing": 1}, partial=True) for name in "ab"],
)
REPORT = EvalReport(command="negdata eval", scoring="strict", seed=0, models=[], benches=[BENCH], seconds=1.0)


def test_each_figure_group_and_published_score_is_a_row() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(REPORT))))
    assert [(row["model"], row["metric"], row["group"], row["of_group"], row["value"]) for row in rows] == [
        ("a", "accuracy", "", "", "0.75"),
        ("a", "accuracy", "cue", "no", "1.0"),
        ("b", "accuracy", "", "", "0.75"),
        ("b", "accuracy", "cue", "no", "1.0"),
        ("CLIP, B/32", "accuracy", "", "", "0.5773"),
    ]
    first = rows[0]
    assert (first["n"], first["of"], first["partial"], first["chance"]) == ("4", "5", "yes", "0.5")
    assert (first["blind_rule"], first["blind"], first["low"], first["high"]) == ("smaller crop", "0.6", "0.3", "0.95")
    assert rows[-1]["source"] == "a paper"


def test_it_is_written_at_once(tmp_path: Path) -> None:
    with open_csv(tmp_path / "out.csv") as keep:
        keep(REPORT)
    assert (tmp_path / "out.csv").read_text() == as_csv(REPORT)
    with pytest.raises(NegdataError, match="can't be written"), open_csv(tmp_path / "no" / "out.csv"):
        pytest.fail("the work began")


def test_the_report_survives_its_json() -> None:
    assert EvalReport.model_validate_json(REPORT.model_dump_json()) == REPORT
    assert REPORT.partial
