"""NegBench: its multiple-choice questions and its retrieval rows, plain and negated."""

from __future__ import annotations

import ast
import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.suites.base import ChoiceItem, RetrievalBench, View
from negdata.benchmark.suites.negbench_retrieval import LONGEST_CELL, _captions
from negdata.benchmark.suites.registry import read_bench
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import MCQ, NEGATED, NOT_HERE, PLAIN, QUESTION, ROW, choices, table


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def retrieval(path: Path) -> RetrievalBench:
    bench = read_bench(path)
    assert isinstance(bench, RetrievalBench)
    return bench


@pytest.mark.skipif(not MCQ.is_file(), reason=NOT_HERE)
def test_the_published_questions() -> None:
    bench = choices(MCQ)
    assert bench.suite == "negbench-mcq"
    assert len(bench.items) == 368
    for item, row in zip(bench.items, rows(MCQ), strict=True):
        assert item.texts == tuple(row[f"caption_{number}"] for number in range(4))
        assert item.views == (View(row["image_path"]),)
        assert item.right == int(row["correct_answer"])
    templates = Counter(item.groups["template"] for item in bench.items)
    assert templates == Counter(row["correct_answer_template"] for row in rows(MCQ))
    assert {item.right for item in bench.items} == {0}, "the true caption is always the first in the published file"


@pytest.mark.skipif(not PLAIN.is_file(), reason=NOT_HERE)
@pytest.mark.parametrize("path", [PLAIN, NEGATED])
def test_the_published_retrieval_rows(path: Path) -> None:
    bench = retrieval(path)
    assert bench.suite == "negbench-retrieval"
    assert (len(bench.images), len(bench.captions)) == (250, 1250)
    found = iter(zip(bench.captions, bench.image_of, strict=True))
    for row in rows(path):
        for caption in ast.literal_eval(row["captions"]):
            text, place = next(found)
            assert text == caption
            assert bench.images[place] == row["filepath"]


def test_a_question_in_full(tmp_path: Path) -> None:
    assert choices(table(tmp_path / "q.csv", QUESTION)).items == (
        ChoiceItem(
            id="q:1",
            views=(View("data/coco/images/val2017/000000397133.jpg"),),
            texts=tuple(QUESTION[f"caption_{number}"] for number in range(4)),
            right=1,
            groups={"template": "hybrid"},
        ),
    )


def test_columns_in_any_order_any_number_of_captions_and_further_columns(tmp_path: Path) -> None:
    question = {"": "0", **dict(reversed(QUESTION.items())), "caption_4": "No car.", "note": "…"}
    (item,) = choices(table(tmp_path / "q.tsv", question | {"correct_answer": "4"}, delimiter="\t")).items
    assert item.texts[item.right] == "No car."
    two = {key: QUESTION[key] for key in ("image_path", "correct_answer", "caption_0", "caption_1")}
    (item,) = choices(table(tmp_path / "two.csv", two)).items
    assert (item.candidates, item.groups) == (2, {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"correct_answer": "4"}, "correct_answer is '4', not one of 0 to 3"),
        ({"correct_answer": "-1"}, "correct_answer is '-1'"),
        ({"correct_answer": ""}, "correct_answer is ''"),
        ({"correct_answer": "1.0"}, "correct_answer is '1.0'"),
        ({"correct_answer": "٣"}, "correct_answer is '٣'"),
        ({"image_path": "/data/a.jpg"}, "image_path is an absolute path"),
        ({"image_path": "data/../../a.jpg"}, "image_path climbs out"),
        ({"image_path": ""}, "image_path is missing"),
        ({"caption_2": ""}, "caption_2 is empty"),
        ({"caption_3": "no \x07 car"}, "caption_3 holds the control character U+0007"),
    ],
)
def test_a_wrong_question_is_refused_by_its_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = table(tmp_path / "q.csv", QUESTION, QUESTION | change)
    with pytest.raises(NegdataError) as refused:
        choices(path)
    assert "q.csv has a problem: line 3: " in refused.value.problem
    assert said in refused.value.problem


def test_broken_tables_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "q.csv", QUESTION)
    with path.open("a", encoding="utf-8") as file:
        file.write("a.jpg,0,one field too few\n")
    with pytest.raises(NegdataError, match="line 3: it has 3 fields where the header has 7"):
        choices(path)
    path.write_bytes(path.read_bytes().replace(b"A car is present", b"A car \xff is present"))
    with pytest.raises(NegdataError, match="line 2: caption_0 holds what is no UTF-8"):
        choices(path)
    header = "image_path,correct_answer,caption_0,caption_1\n"
    (tmp_path / "none.csv").write_text(header)
    with pytest.raises(NegdataError, match=r"none\.csv has no row below its header"):
        choices(tmp_path / "none.csv")
    (tmp_path / "less.csv").write_text("correct_answer,caption_0\n0,No dog.\n")
    with pytest.raises(NegdataError, match="has no column 'image_path', 'caption_1'"):
        choices(tmp_path / "less.csv")


def test_rows_in_full_and_one_image_on_two_rows(tmp_path: Path) -> None:
    other = ROW | {"filepath": "b.jpg", "captions": "['Nothing but sand.']"}
    bench = retrieval(table(tmp_path / "r.csv", ROW, other, ROW | {"captions": "['A cook.']"}))
    assert bench == RetrievalBench(
        "negbench-retrieval",
        tmp_path / "r.csv",
        images=("data/coco/images/val2017/000000397133.jpg", "b.jpg"),
        captions=("A man makes pizzas.", "There's no chair near the oven.", "Nothing but sand.", "A cook."),
        image_of=(0, 0, 1, 0),
    )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("", "captions is '', not a list of captions"),
        ("[]", "captions is '[]', not a list"),
        ("A plain caption.", "not a list of captions"),
        ("{'a': 1}", "not a list of captions"),
        ("['No dog.', 7]", "captions[1] is a number (7), not text"),
        ("['No dog.', ['x']]", "captions[1] is a list"),
        ("['']", "captions[0] is empty"),
        ("[__import__('os').system('true')]", "not a list of captions"),
        ("[" * 5000, "not a list of captions"),
        ("-" * 50_000 + "1", "not a list of captions"),
        ("9" * 5000, "not a list of captions"),
        ("['" + "x" * LONGEST_CELL + "']", "characters; at most 100,000 are read"),
        (repr(["x"] * 1001), "captions has 1,001 captions; at most 1,000 are read"),
    ],
)
def test_a_wrong_list_is_refused_and_nothing_in_it_is_run(tmp_path: Path, cell: str, said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        retrieval(table(tmp_path / "r.csv", ROW, ROW | {"captions": cell}))
    assert "line 3: " in refused.value.problem
    assert said in refused.value.problem


@pytest.mark.filterwarnings("error")
def test_a_caption_that_is_spelt_with_a_backslash_is_read() -> None:
    assert _captions(r"['a \d dog']") == [r"a \d dog"]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_every_list_that_python_writes_is_read(captions: list[str]) -> None:
    assert _captions(repr(captions)) == captions


@given(st.text(max_size=200))
def test_no_cell_breaks_the_reader(cell: str) -> None:
    assert isinstance(_captions(cell), list | str)
