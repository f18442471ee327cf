"""The section of captions: what is judged least surely first, every state of a run in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.report import ReportSummary
from negdata.store import OutputPaths
from tests.report import made


def items(page: Path, view: str = "kept") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made.data_of(page, f"s1-{view}-data")["items"]
    return found


def notes(summary: ReportSummary) -> str:
    return " ".join(summary.sections[0].notes)


def test_the_least_certain_come_first_and_what_nobody_judged_last(tmp_path: Path) -> None:
    kept = [
        made.caption("sure", p=0.01),
        made.caption("unjudged"),
        made.caption("even", p=0.49),
        made.caption("without", p=0.0),
        made.caption("likely", p=0.2),
    ]
    kept[3] = kept[3].model_copy(update={"verdict": kept[0].verdict.model_copy(update={"p_present": None})})  # type: ignore[union-attr]
    page, _ = made.shown(tmp_path, made.captions_output(tmp_path, kept))
    assert [item["id"] for item in items(page)] == ["even", "likely", "sure", "without", "unjudged"]


def test_a_limit_keeps_the_least_certain_and_says_so(tmp_path: Path) -> None:
    kept = [made.caption(f"c{at}", p=at / 100) for at in range(50)]
    page, summary = made.shown(tmp_path, made.captions_output(tmp_path, kept), limit=3)
    assert [item["id"] for item in items(page)] == ["c49", "c48", "c47"]
    assert summary.sections[0].shown["kept"] == 3
    assert "3 of 50 are on this page" in notes(summary)


def test_rejected_and_failed_have_their_own_lists(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a")], [made.caption("b", p=0.9)], ["c"])
    page, summary = made.shown(tmp_path, out)
    assert summary.sections[0].views == {"kept": 1, "rejected": 1, "failed": 1}
    (rejected,), (failed,) = items(page, "rejected"), items(page, "failed")
    assert (rejected["reason"], rejected["detail"]) == ("present", "v finds it")
    assert failed["reason"] == "image-missing"
    assert "gone.png" in failed["detail"]


def test_questions_false_captions_and_their_makers_are_in_the_details(tmp_path: Path) -> None:
    one = made.caption("a", question="Is there a dog?", kind="object", false_caption="No cat on a couch.")
    page, _ = made.shown(tmp_path, made.captions_output(tmp_path, [one]))
    (item,) = items(page)
    assert [label for label, _ in item["more"]] == ["Asked", "False on purpose"]
    assert ["No", "cue"] in item["more"][1][1]


@pytest.mark.parametrize("number", [0, 1])
def test_a_run_that_kept_nothing_or_one(tmp_path: Path, number: int) -> None:
    out = made.captions_output(tmp_path, [made.caption("a")][:number], [made.caption("b")])
    page, summary = made.shown(tmp_path, out)
    assert summary.sections[0].views["kept"] == number
    assert len(items(page)) == number
    first = page.read_text().index('data-list="s1-kept') < page.read_text().index('data-list="s1-rejected')
    assert first is bool(number)  # what there is to see comes first


def test_a_run_under_way_is_shown_as_far_as_it_is(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a"), made.caption("b")], state="running")
    out.write_bytes(out.read_bytes()[:-20])
    OutputPaths.of(out).lock.write_text("")
    page, summary = made.shown(tmp_path, out)
    assert "still under way" in notes(summary)
    assert "cut off" in notes(summary)
    assert [item["id"] for item in items(page)] == ["a"]
    OutputPaths.of(out).lock.unlink()
    assert "ended without a word" in notes(made.shown(tmp_path, out)[1])


@pytest.mark.parametrize(("state", "said"), [("interrupted", "was interrupted"), ("stopped", "stopped on an error")])
def test_a_run_that_did_not_finish_says_so(tmp_path: Path, state: str, said: str) -> None:
    assert said in notes(made.shown(tmp_path, made.captions_output(tmp_path, [made.caption("a")], state=state))[1])


def test_captions_without_a_manifest_or_with_one_that_nobody_understands(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a")])
    OutputPaths.of(out).manifest.write_text('{"settings_hash": 1}')
    assert "isn't a manifest" in notes(made.shown(tmp_path, out)[1])
    OutputPaths.of(out).manifest.unlink()
    assert "no manifest" in notes(made.shown(tmp_path, out)[1])


def test_marks_are_kept_under_the_runs_name_whatever_the_page_is_called(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a"), made.caption("b")])
    first = made.data_of(made.shown(tmp_path, out)[0], "s1-kept-data")["marks"]
    again = made.shown(tmp_path, out, out=tmp_path / "other.html", limit=1)[0]
    assert made.data_of(again, "s1-kept-data")["marks"] == first
    assert made.data_of(again, "s1-failed-data")["marks"] is None


def test_records_that_others_wrote_more_into_are_shown_and_what_is_none_is_told(tmp_path: Path) -> None:
    path = made.json_lines(
        tmp_path / "theirs.jsonl", [{"id": "a", "caption": "A cat.", "stars": 5}, {"id": 7, "caption": "A dog."}]
    )
    page, summary = made.shown(tmp_path, path)
    assert [item["id"] for item in items(page)] == ["a"]
    assert "no caption records" in notes(summary)
