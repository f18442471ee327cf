"""POPE as a benchmark of judges: the same lines that a check of verifiers reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.benchmark.suites.base import JudgeBench, JudgeItem
from negdata.benchmark.suites.registry import read_bench
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import ASKED, lines

IMAGE = "COCO_val2014_000000310196.jpg"


@pytest.mark.parametrize("name", ["coco_pope_random.json", "coco_pope_random.jsonl"])
def test_the_published_layout(tmp_path: Path, name: str) -> None:
    asleep = {"question": "Is the dog asleep?", "image": "a.jpg", "label": "No", "category": "adversarial"}
    path = lines(tmp_path / name, ASKED, asleep)
    assert read_bench(path) == JudgeBench(
        "pope",
        path,
        (
            JudgeItem("coco_pope_random:1", IMAGE, ASKED["text"], "snowboard", True, {"answer": "yes"}),
            JudgeItem(
                "coco_pope_random:2",
                "a.jpg",
                "Is the dog asleep?",
                "",
                False,
                {"answer": "no", "category": "adversarial"},
            ),
        ),
    )


def test_one_line_alone_is_a_benchmark(tmp_path: Path) -> None:
    bench = read_bench(lines(tmp_path / "one.json", ASKED))
    assert isinstance(bench, JudgeBench)
    assert len(bench.items) == 1


def test_wrong_lines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="1 lines that can't be used: line 2: label is 'maybe'"):
        read_bench(lines(tmp_path / "a.json", ASKED, ASKED | {"label": "maybe"}))
    with pytest.raises(NegdataError, match="question 2: its id 'a:1' stands in the file before"):
        read_bench(lines(tmp_path / "a.jsonl", ASKED, ASKED))
    with pytest.raises(NegdataError, match="line 1: it is not valid JSON"):
        read_bench(lines(tmp_path / "b.jsonl", "{no json", ASKED))
    with pytest.raises(NegdataError, match="is not valid JSON"):
        read_bench(lines(tmp_path / "b.json", "{no json", ASKED))
