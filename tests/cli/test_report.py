"""``negdata report`` end to end: the installed command, every kind of output, what is wrong in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import negdata, refused
from tests.report import made


def test_several_outputs_become_one_page(tmp_path: Path) -> None:
    made.filtered(tmp_path)
    made.regions(tmp_path)
    made.checked(tmp_path)
    paths = ("clean.jsonl", "bench.json", "check.jsonl", "-o", "pages/report.html", "--images", "images")
    done = negdata("report", *paths, folder=tmp_path)
    said = done.stdout + done.stderr
    assert "written to pages/report.html" in said
    for name in ("clean.jsonl", "bench.json", "check.jsonl"):
        assert name in said
    assert (tmp_path / "pages" / "report.html").read_text().count('class="output"') == 3


def test_for_machines(tmp_path: Path) -> None:
    made.filtered(tmp_path)
    words = ("report", "clean.jsonl", "--images", "images", "-o", "r.html", "--limit", "2", "--title", "Two", "--json")
    told = json.loads(negdata(*words, folder=tmp_path).stdout)
    assert told["sections"][0]["views"] == {"kept": 8, "rejected": 4, "failed": 0}
    assert told["sections"][0]["shown"]["kept"] == 2
    assert told["bytes"] == (tmp_path / "r.html").stat().st_size
    assert told["embedded"] > 0
    assert "<h1>Two</h1>" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.jsonl", "-o", "r.html"], "nowhere.jsonl doesn't exist"),
        (["clean.jsonl", "-o", "r.pdf"], "doesn't end in .html"),
        (["clean.jsonl", "clean.rejected.jsonl", "-o", "r.html"], "is named as well"),
        (["marks.jsonl", "-o", "r.html"], "filter --marks"),
        (["clean.jsonl", "-o", "r.html", "--images", "gone"], "doesn't exist"),
    ],
)
def test_what_is_wrong_is_told_in_words(tmp_path: Path, words: list[str], said: str) -> None:
    made.filtered(tmp_path)
    (tmp_path / "marks.jsonl").write_text('{"id": "a", "mark": "right"}\n')
    assert said in refused("report", *words, folder=tmp_path)


def test_marks_are_part_of_what_a_filter_run_is(tmp_path: Path) -> None:
    made.filtered(tmp_path)
    marks = tmp_path / "marks.jsonl"
    marks.write_text('{"id": "r0", "mark": "wrong", "note": "blurred"}\n{"id": "nobody", "mark": "right"}\n')
    words = ("filter", "captions.jsonl", "--marks", "marks.jsonl", "-o", "marked.jsonl")
    done = negdata(*words, folder=tmp_path)
    assert "0 right, 1 wrong" in done.stdout + done.stderr
    assert "not among the records" in done.stderr + done.stdout
    assert "resumed" in json.loads(negdata(*words, "--json", folder=tmp_path).stdout)
    marks.write_text('{"id": "r0", "mark": "right"}\n')
    assert "marks was" in refused(*words, folder=tmp_path)
    marks.write_text('{"id": "r0", "mark": "right"}\n{"id": "r0", "mark": "wrong"}\n')
    assert "Line 2 of marks.jsonl contradicts line 1" in refused(*words, "--fresh", folder=tmp_path)
    against = ("filter", "--check-against", "truth.json", "--marks", "marks.jsonl", "-o", "check.jsonl")
    assert "--marks is given with --check-against" in refused(*against, folder=tmp_path)
