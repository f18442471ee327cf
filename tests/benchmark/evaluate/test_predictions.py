"""Every figure can be counted again from the lines of ``--predictions``, by scripts that know nothing of negdata."""

from __future__ import annotations

import json
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.evaluate.choices import score_choices
from negdata.benchmark.evaluate.classes import score_classes
from negdata.benchmark.evaluate.predictions import open_predictions
from negdata.benchmark.evaluate.retrieval import score_retrieval
from negdata.benchmark.evaluate.ties import SCORINGS, ScoringName
from negdata.benchmark.suites.base import RetrievalBench
from negdata.errors import NegdataError
from tests.benchmark.evaluate.standins import Constant, NotNumbers, StandIn, captions, classes, encoded_by, regions

pytest.importorskip("torch")


def written(folder: Path, scoring: ScoringName) -> tuple[list[dict[str, Any]], dict[tuple[str, str, str], float]]:
    """The lines of two models on a benchmark of each kind, and the figures by suite, model and metric."""
    boxes, texts, folders = regions(folder / "boxes", 9), captions(folder / "texts", 7), classes(folder / "classes", 2)
    names = tuple(f"{number}.png" for number in range(7))
    found_by = tuple(f"{word} {number}" for number in range(7) for word in ("red", "green"))
    image_of = tuple(number for number in range(7) for _ in range(2))
    searched = RetrievalBench("coco-retrieval", folder / "captions.json", names, found_by, image_of)
    (folder / "boxes" / "4.png").unlink()
    path = folder / "predictions.jsonl"
    figures: dict[tuple[str, str, str], float] = {}
    with open_predictions(path) as write:
        for bench, images in ((boxes, folder / "boxes"), (texts, folder / "texts"), (searched, folder / "texts")):
            encoded, plan = encoded_by([StandIn(), Constant("constant")], [bench], images, scoring=scoring)
            way = SCORINGS[scoring]
            scored = (
                score_retrieval(bench, images, encoded, way)
                if isinstance(bench, RetrievalBench)
                else score_choices(bench, encoded, way, plan.asked[bench.path])
            )
            for one in scored:
                write(bench, one)
                figures |= {(bench.suite, one.scores.model, of.metric): of.value for of in one.scores.figures}
        encoded, _ = encoded_by([StandIn(), Constant("constant")], [folders], folder, scoring=scoring)
        for one in score_classes(folders, encoded, SCORINGS[scoring]):
            write(folders, one)
            figures |= {(folders.suite, one.scores.model, of.metric): of.value for of in one.scores.figures}
    return [json.loads(line) for line in path.read_text().splitlines()], figures


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def hit(line: dict[str, Any], k: int) -> float:
    """Whether a right one is among the first k; of those that tie, in how many of all orders."""
    places, wrong = k - (line["rank"] - 1), line["tied"] - line["tied_right"]
    return 1 - comb(wrong, places) / comb(line["tied"], places) if 0 < places <= line["tied"] else float(places > 0)


def recounted(lines: list[dict[str, Any]]) -> dict[tuple[str, str, str], float]:
    again: dict[tuple[str, str, str], list[float]] = {}
    per_class: dict[tuple[str, str], dict[str, list[float]]] = {}
    for line in lines:
        key = line["suite"], line["model"]
        if "error" in line:
            continue
        if "query" in line:
            for k in (1, 5, 10):
                again.setdefault((*key, f"R@{k} {line['query']}"), []).append(hit(line, k))
        elif "rank" in line:
            again.setdefault((*key, "top-1"), []).append(hit(line, 1))
            per_class.setdefault(key, {}).setdefault(line["right"], []).append(hit(line, 1))
        else:
            best = max(line["scores"])
            tied = [place for place, score in enumerate(line["scores"]) if score == best]
            assert set(line["chosen"]) <= set(tied)
            again.setdefault((*key, "accuracy"), []).append(line["chosen"].count(line["right"]) / len(line["chosen"]))
    by_mean = {key: mean(values) for key, values in again.items()}
    return by_mean | {(*key, "mean per class"): mean(list(map(mean, of.values()))) for key, of in per_class.items()}


@pytest.mark.parametrize("scoring", SCORINGS)
def test_figures_are_recounted(scoring: ScoringName, tmp_path: Path) -> None:
    lines, figures = written(tmp_path, scoring)
    assert recounted(lines) == pytest.approx(figures)
    assert len(figures) == 2 * (1 + 1 + 6 + 2)


def test_a_line_says_what_was_asked(tmp_path: Path) -> None:
    lines, _ = written(tmp_path, "paper")
    first = next(line for line in lines if line["suite"] == "negrefcocog")
    assert first == {
        "suite": "negrefcocog",
        "bench": str(tmp_path / "boxes" / "NegRefCOCOg.json"),
        "model": "colours",
        "id": "0",
        "views": [
            {"image": "0.png", "box": [20.0, 0.0, 20.0, 20.0]},
            {"image": "0.png", "box": [0.0, 0.0, 20.0, 20.0]},
        ],
        "texts": ["a red thing"],
        "shown": [0, 1],
        "right": 0,
        "groups": {"cue": "without"},
        "scores": first["scores"],
        "chosen": [0],
        "credit": 1.0,
    }
    failed = [line for line in lines if line["id"] == "4" and line["suite"] == "negrefcocog"]
    assert [line["error"] for line in failed] == ["image-missing"] * 2
    assert "scores" not in failed[0]


def test_negrefcocog_is_recounted_with_argmax_as_published(tmp_path: Path) -> None:
    """Ten lines, as the published evaluator counts."""
    import numpy as np

    bench = regions(tmp_path, 8)
    path = tmp_path / "out.jsonl"
    encoded, plan = encoded_by([StandIn(), NotNumbers("broken")], [bench], tmp_path, scoring="paper")
    scored = score_choices(bench, encoded, SCORINGS["paper"], plan.asked[bench.path])
    with open_predictions(path) as write:
        for one in scored:
            write(bench, one)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for one in scored:
        right = []
        for line in (line for line in lines if line["model"] == one.scores.model):
            scores = [float("nan") if score is None else score for score in line["scores"]]
            boxes = [view["box"] for view in line["views"]]
            right.append(boxes[np.argmax(scores)] == boxes[line["right"]])
        assert mean(right) == one.scores.figures[0].value == 1.0


def test_the_file_is_whole_or_not_there(tmp_path: Path) -> None:
    bench, path = regions(tmp_path, 3), tmp_path / "out.jsonl"
    path.write_text("what was there\n")
    encoded, plan = encoded_by([StandIn()], [bench], tmp_path)
    (scored,) = score_choices(bench, encoded, SCORINGS["strict"], plan.asked[bench.path])
    broken = replace(scored, lines=map(json.loads, ['{"id": "one"}', "no line"]))
    with pytest.raises(json.JSONDecodeError), open_predictions(path) as write:
        write(bench, broken)
    assert path.read_text() == "what was there\n"
    with open_predictions(path) as write:
        write(bench, replace(scored, lines=iter([{"id": "one"}])))
    assert json.loads(path.read_text())["id"] == "one"
    assert {one.name for one in tmp_path.glob("out*")} == {"out.jsonl"}


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="can't be written"), open_predictions(tmp_path / "no" / "out.jsonl"):
        pytest.fail("the work began")
