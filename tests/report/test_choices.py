"""Benchmarks and predictions: wrong ones first, boxes where a browser shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.benchmark.suites.base import ChoiceItem, View
from negdata.errors import NegdataError
from negdata.report.choices import Answer, Case, wrongness
from tests.report import made


def items(page: Path, view: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made.data_of(page, f"s1-{view}-data")["items"]
    return found


def test_an_item_shows_its_regions_and_why_they_were_taken(tmp_path: Path) -> None:
    page, summary = made.shown(tmp_path, made.regions(tmp_path))
    first = items(page, "items")[0]
    assert [region["right"] for region in first["regions"]] == [True, False]
    assert first["regions"][0]["tight"] == [10, 20, 30, 40]
    assert first["regions"][1]["told"] == "referred to as a man in a hat"
    assert summary.sections[0].kind == "benchmark"


def test_the_published_schema_is_enough(tmp_path: Path) -> None:
    item = {
        "image": "0.png",
        "phrase": "man with no hat",
        "ref_bbox": [0, 0, 9, 9],
        "bbox_list": [[0, 0, 9, 9], [9, 0, 9, 9]],
    }
    path = tmp_path / "published.json"
    path.write_text(json.dumps([item]))
    regions = items(made.shown(tmp_path, path)[0], "items")[0]["regions"]
    assert [one["told"] for one in regions] == ["the phrase refers to it", "it doesn't fit"]


def test_predictions_on_a_benchmark_that_is_shown_are_on_its_items(tmp_path: Path) -> None:
    page, summary = made.shown(tmp_path, made.regions(tmp_path), made.region_predictions(tmp_path))
    assert [section.kind for section in summary.sections] == ["benchmark"]
    assert [item["id"] for item in items(page, "items")] == ["i3", "i1", "i0", "i2"]
    assert items(page, "items")[0]["models"][0]["told"] == "clip: ✕ B, margin −0.080"
    assert "100.0%" in page.read_text()


def test_predictions_alone_are_enough(tmp_path: Path) -> None:
    page, summary = made.shown(tmp_path, made.region_predictions(tmp_path))
    assert summary.sections[0].kind == "predictions"
    assert [item["id"] for item in items(page, "b1")] == ["i3", "i1", "i0", "i2"]


def test_texts_to_choose_from_searches_classes_and_questions(tmp_path: Path) -> None:
    head = {"bench": "mcq.csv", "model": "clip", "suite": "negbench-mcq"}
    other = {"bench": "x", "model": "clip", "suite": "coco-retrieval"}
    lines: list[dict[str, Any]] = [
        head | {"id": "1", "views": [{"image": "a.png"}], "texts": ["A dog.", "No dog."], "right": 1,
                "scores": [None, 0.2], "chosen": [0], "credit": 0.0},
        head | {"id": "2", "views": [{"image": "a.png"}], "texts": ["A", "B"], "right": 9},
        other | {"id": "caption 1", "query": "text→image", "text": "No dog.", "right": "a.png", "rank": 30},
        other | {"id": "image 1", "query": "image→text", "image": "a.png", "error": "image-missing", "message": "gone"},
        {**other, "suite": "pope", "bench": "p", "id": "q", "image": "a.png", "question": "Dog?", "right": "no",
         "chosen": "yes", "p_present": 0.9, "credit": 0.0},
    ]  # fmt: skip
    page, summary = made.shown(tmp_path, made.json_lines(tmp_path / "p.jsonl", lines))
    assert summary.sections[0].views == {"b1": 1, "b2": 2, "b3": 1}
    choices = items(page, "b1")[0]["choices"]
    assert [choice["right"] for choice in choices] == [False, True]
    assert choices[0]["told"] == "no number"
    told = [item["models"][0]["told"] for view in ("b2", "b3") for item in items(page, view)]
    assert told == ["clip: rank 30", "clip: no answer (image-missing)", "clip: says yes, 90% likely there"]
    assert "are no predictions" in " ".join(summary.sections[0].notes)


def test_a_search_has_no_candidates_to_show(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [{"id": 1, "image_id": 1, "caption": "A cat."}],
    }
    (tmp_path / "captions.json").write_text(json.dumps(document))
    with pytest.raises(NegdataError, match="--predictions"):
        made.shown(tmp_path, tmp_path / "captions.json")


def test_boxes_of_a_file_stored_on_its_side_lie_where_a_browser_shows_them(tmp_path: Path) -> None:
    path = made.regions(tmp_path, 1, image="side.jpg", image_size=None)
    picture = Image.new("RGB", (120, 80))
    exif = picture.getexif()
    exif[0x0112] = 6  # turned clockwise by 90 degrees
    picture.save(tmp_path / "images" / "side.jpg", exif=exif)
    region = items(made.shown(tmp_path, path)[0], "items")[0]["regions"][0]
    assert region["box"] == [10, 0, 60, 50]  # was [0, 10, 50, 60] in 120 x 80


def test_the_most_confidently_wrong_first_and_what_has_no_answer_last() -> None:
    item = ChoiceItem("1", (View("a.png"),), ("a", "b"), 0)
    sure, close = (Case(item, (Answer("m", (0.1, 0.1 + gap), (1,), 0.0),)) for gap in (0.5, 0.01))
    right = Case(item, (Answer("m", (0.9, 0.1), (0,), 1.0),))
    tie = Case(item, (Answer("m", (0.5, 0.5), (0, 1), 0.5),))
    failed = Case(item, (Answer("m", error="image-missing"),))
    cases = [failed, right, tie, close, sure]
    assert sorted(cases, key=wrongness) == [sure, close, tie, right, failed]
