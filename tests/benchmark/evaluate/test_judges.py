"""Verifiers on POPE's questions: one on a real socket that errs as the test says, ground truth, no answer at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from negdata.benchmark.evaluate.judges import JudgeOptions, open_judges, score_judges
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.suites.base import JudgeBench, JudgeItem
from negdata.errors import NegdataError
from negdata.images import open_images
from tests.servers.vision_server import vision_server
from tests.verify.standins import instances_document, picture, written

pytest.importorskip("numpy")

NAMES = ("dog", "cup", "bus", "kite")
THERE = {"0.png": ["dog", "cup"], "1.png": ["bus"], "2.png": []}


def bench(folder: Path) -> JudgeBench:
    """Every object about every image; each image is of another colour."""
    for image, colour in zip(THERE, ("red", "lime", "blue"), strict=True):
        picture(folder / image, colour)
    items = [
        JudgeItem(f"{image}:{name}", image, f"Is there a {name} in the image?", name, name in there, {"kind": name[0]})
        for image, there in THERE.items()
        for name in NAMES
    ]
    return JudgeBench("pope", folder / "pope.jsonl", tuple(items))


def scored_by(
    model: str, folder: Path, questions: JudgeBench, monkeypatch: pytest.MonkeyPatch, base_url: str | None = None
) -> Scored:
    monkeypatch.setenv("NEGDATA_CACHE", str(folder / "cache"))
    options = JudgeOptions(folder, batch_size=4, base_url=base_url)
    (scored,) = score_judges(questions, [model], options, find=open_images(folder).find)
    return scored


def says(image: Image.Image, question: str) -> float:
    """Yes to dogs and buses in any image, no to all else, but that of a cup it is in two minds."""
    if " dog " in question or " bus " in question:
        return 0.9
    return 0.5 if " cup " in question else 0.1


def test_what_a_judge_says_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = bench(tmp_path)
    with vision_server(says) as server:
        scored = scored_by("openai", tmp_path, questions, monkeypatch, server.openai_url)
    by_metric = {figure.metric: figure for figure in scored.scores.figures}
    # Of 12 questions 6 are answered yes, two of them rightly; the third that is present, a cup, is taken for absent.
    values = {metric: figure.value for metric, figure in by_metric.items()}
    assert values == pytest.approx(
        {"accuracy": 7 / 12, "precision": 2 / 6, "recall": 2 / 3, "F1": 4 / 9, "yes": 0.5, "unanswered": 0.0}
    )
    assert (by_metric["precision"].n, by_metric["recall"].n, by_metric["accuracy"].n) == (6, 3, 12)
    low, high = by_metric["F1"].low, by_metric["F1"].high
    assert low is not None
    assert high is not None
    assert 0 <= low < 4 / 9 < high <= 1
    assert by_metric["accuracy"].groups["kind"]["k"].value == 1.0
    blind = by_metric["accuracy"].blind
    assert blind is not None
    assert blind.value == 0.75
    lines = list(scored.lines)
    assert [line["credit"] for line in lines].count(1.0) == 7
    assert (lines[1]["chosen"], lines[1]["right"]) == ("no", "yes")
    assert lines[1]["p_present"] == pytest.approx(0.5)


def test_ground_truth_is_always_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = bench(tmp_path)
    truth = written(tmp_path / "truth.json", instances_document(THERE, NAMES))
    scored = scored_by(f"instances={truth}", tmp_path, questions, monkeypatch)
    assert {figure.value for figure in scored.scores.figures if figure.metric in ("accuracy", "F1")} == {1.0}


def test_what_a_judge_cannot_tell_is_wrong_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file knows two of the three images."""
    questions = bench(tmp_path)
    truth = written(tmp_path / "truth.json", instances_document({"0.png": THERE["0.png"], "1.png": ["bus"]}, NAMES))
    scored = scored_by(f"instances={truth}", tmp_path, questions, monkeypatch)
    by_metric = {figure.metric: figure.value for figure in scored.scores.figures}
    assert by_metric["unanswered"] == pytest.approx(4 / 12)
    assert by_metric["accuracy"] == pytest.approx(8 / 12)
    assert not scored.scores.partial


def test_images_that_fail_make_the_score_partial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = bench(tmp_path)
    (tmp_path / "1.png").unlink()
    (tmp_path / "2.png").write_bytes(b"no image")
    with vision_server(says) as server:
        scored = scored_by("openai", tmp_path, questions, monkeypatch, server.openai_url)
    assert scored.scores.failed == {"image-missing": 4, "not-an-image": 4}
    assert scored.scores.partial
    assert (scored.scores.figures[0].n, scored.scores.figures[0].of) == (4, 12)
    assert scored.credits.count(None) == 8


def test_no_image_at_all_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = bench(tmp_path)
    for image in THERE:
        (tmp_path / image).unlink()
    truth = written(tmp_path / "truth.json", instances_document(THERE, NAMES))
    with pytest.raises(NegdataError, match=r"Nothing of .*pope.jsonl can be scored: 12 image-missing"):
        scored_by(f"instances={truth}", tmp_path, questions, monkeypatch)


def test_who_judges_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    truth = written(tmp_path / "truth.json", instances_document(THERE, NAMES))
    options = JudgeOptions(tmp_path, batch_size=4)
    (judge,) = open_judges([f"instances={truth}"], options)
    assert judge.name == f"instances={truth}"
    assert json.dumps(judge.identity)
    with pytest.raises(NegdataError, match="no verifier named 'qwen-vk'"):
        open_judges(["qwen-vk"], options)
