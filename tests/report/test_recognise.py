"""What an output is, is told by what it holds, whatever it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from negdata.caption.coco_layout import write_coco_layout
from negdata.errors import NegdataError
from negdata.report.recognise import recognise
from tests.report import made


def test_by_content_and_not_by_name(tmp_path: Path) -> None:
    outputs = {
        "captions": made.captions_output(tmp_path, [made.caption("a")]),
        "benchmark": made.regions(tmp_path),
        "predictions": made.region_predictions(tmp_path),
        "check": made.checked(tmp_path),
        "training": made.training(tmp_path),
    }
    for kind, path in outputs.items():
        other = path.rename(tmp_path / f"x-{kind}")
        assert recognise(other).kind == kind


@pytest.mark.parametrize("name", ["clean.rejected.jsonl", "clean.failed.jsonl", "clean.manifest.json"])
def test_what_lies_beside_an_output_stands_for_it(tmp_path: Path, name: str) -> None:
    out = made.captions_output(tmp_path, [made.caption("a")], [made.caption("b")], ["c"])
    assert recognise(tmp_path / name).path == out


def test_captions_in_the_papers_layout_are_read_from_the_records_beside_them(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a", image_id=1, caption_id=2)])
    write_coco_layout(out, tmp_path / "clean.json")
    assert recognise(tmp_path / "clean.json").path == out
    alone = tmp_path / "alone"
    alone.mkdir()
    (tmp_path / "clean.json").rename(alone / "clean.json")
    found = recognise(alone / "clean.json")
    assert (found.kind, found.path.name) == ("captions", "clean.json")


def test_an_empty_file_is_what_its_manifest_says(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path)
    assert recognise(out).kind == "captions"
    made.write_manifest(out, (0, 0, 0), settings={"check_against": "x"})
    assert recognise(out).kind == "check"
    (tmp_path / "nothing.jsonl").write_text("")
    with pytest.raises(NegdataError, match="is empty"):
        recognise(tmp_path / "nothing.jsonl")


def test_what_is_no_output_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "marks.jsonl").write_text(json.dumps({"id": "a", "mark": "wrong"}) + "\n")
    for name, said in (("folder", "no run"), ("marks.jsonl", "marks"), ("nowhere.jsonl", "doesn't exist")):
        with pytest.raises(NegdataError, match=said):
            recognise(tmp_path / name)
