"""The figures of runs, trainings and judges, and the charts that show them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.filter.check.figures import calibration
from negdata.report.charts import Change, change_chart, reliability_chart, throughput_chart
from negdata.throughput import Sample
from tests.report import made


def test_a_run_shows_its_equation_reasons_pace_and_tokens(tmp_path: Path) -> None:
    progress: list[Sample] = [(1.0, 1, 0, 0), (2.0, 2, 1, 0)]
    usage = {"requests": 7, "cached": 2, "prompt_tokens": 1_234, "completion_tokens": 56}
    out = made.captions_output(
        tmp_path, [made.caption("a")], [made.caption("b")], progress=progress, usage=usage, reasons={"present": 1}
    )
    page = made.shown(tmp_path, out)[0].read_text()
    for said in ("in = kept + rejected + failed", "1,234", "Records a second over time", "present", "negdata filter"):
        assert said in page


def test_counts_that_differ_from_the_manifests_are_told(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a")])
    made.write_manifest(out, (5, 0, 0))
    assert "counts 5 + 0 + 0" in " ".join(made.shown(tmp_path, out)[1].sections[0].notes)


@pytest.mark.parametrize("finished", [True, False])
def test_a_training_finished_or_not(tmp_path: Path, finished: bool) -> None:
    page, summary = made.shown(tmp_path, made.training(tmp_path, finished=finished))
    text = page.read_text()
    assert "Training and validation loss over the steps" in text
    assert ("Scores before and after" in text) is finished
    notes = " ".join(summary.sections[0].notes)
    assert ("The gate is not passed" in notes) is finished
    assert ("under way" in notes) is not finished


def test_a_training_whose_scores_cannot_be_read_still_opens(tmp_path: Path) -> None:
    folder = made.training(tmp_path)
    (folder / "scores.json").write_text('{"out": 1')
    page, summary = made.shown(tmp_path, folder)
    assert "scores.json can't be read" in " ".join(summary.sections[0].notes)
    assert page.is_file()


def test_a_judge_shows_how_far_it_can_be_trusted_and_its_surest_mistakes(tmp_path: Path) -> None:
    out = made.checked(tmp_path)
    verdict = {"p_present": 0.01, "present": False, "verifier": "v"}
    wrong = {"id": "w", "image": "a.png", "object": "dog", "truth": True, "verdict": verdict}
    out.write_text(out.read_text() + json.dumps(wrong) + "\n")
    page, summary = made.shown(tmp_path, out)
    assert summary.sections[0].kind == "check"
    assert made.data_of(page, "s1-answers-data")["items"][0]["id"] == "w"
    assert "Truly present by probability of presence" in page.read_text()


def test_a_check_without_an_answer_yet(tmp_path: Path) -> None:
    out = made.json_lines(tmp_path / "check.jsonl", [])
    made.write_manifest(out, (0, 0, 0), settings={"check_against": "x"}, state="running")
    assert made.shown(tmp_path, out)[1].sections[0].views == {"answers": 0}


samples = st.lists(
    st.tuples(st.floats(0, 1e6), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=30
).map(sorted)


@settings(deadline=None)
@given(samples=samples)
def test_a_chart_of_any_run_is_drawn(samples: list[Sample]) -> None:
    chart = throughput_chart(samples)
    if chart is not None:
        drawn = ET.fromstring(chart)
        assert [child.tag for child in drawn][:2] == ["title", "desc"]
        assert all(float(bar.attrib["height"]) >= 0 for bar in drawn.iter("rect"))


def test_the_bars_hold_all_records() -> None:
    chart = throughput_chart([(5.0, 50, 0, 0), (10.0, 100, 0, 0)])
    assert chart is not None
    assert "100 records in 10.0 seconds: 10.0 a second" in chart
    heights = {bar.attrib["height"] for bar in ET.fromstring(chart).iter("rect")}
    assert len(heights) == 1  # a steady pace


def test_names_in_charts_are_text() -> None:
    share = (0.5, 0.4, 0.6)
    chart = change_chart([Change("<script>alert(1)</script>", share, share, 0.5)])
    assert "<script>" not in chart
    ET.fromstring(chart)
    ET.fromstring(reliability_chart(calibration([(0.2, False), (0.9, True)])[1]))
