"""NegBench's CSV files, read back as its own scripts read them."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.negbench.mcq import McqRow, build_mcq
from negdata.benchmark.negbench.retrieval import NegatedCaption, RetrievalRow, build_retrieval
from negdata.benchmark.negbench.rows import MCQ_COLUMNS, RETRIEVAL_COLUMNS, mcq_csv, retrieval_csv
from negdata.benchmark.negbench.statements import laid_out
from tests.benchmark.negbench.scenes import SCENES, coco, mcq_options, pictured, retrieval_options

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "negbench"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ['"Hi", he said,', "a\nb", "a\r\nb", "it's", '"""', "=1+1", "\\", "[1, 2]", "NA", "<b>"]
)
STATEMENTS = laid_out("pairs", ("cat", "dog"))


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


@given(st.lists(TEXT, min_size=4, max_size=4), TEXT, st.integers(0, 3))
def test_questions_come_back(captions: list[str], image: str, right: int) -> None:
    row = McqRow(image, 1, right, tuple(captions), "hybrid", STATEMENTS)
    (found,) = read(mcq_csv([row]))
    assert tuple(found) == MCQ_COLUMNS
    assert [found[f"caption_{place}"] for place in range(4)] == captions
    assert (found["image_path"], int(found["correct_answer"])) == (image, right)
    assert found["correct_answer_template"] == "hybrid"


@given(st.lists(TEXT, min_size=1, max_size=5), st.lists(TEXT, max_size=3))
def test_captions_come_back_as_lists(captions: list[str], present: list[str]) -> None:
    negated = tuple(NegatedCaption(text, text, "dog", "but-no", "end") for text in captions)
    (found,) = read(retrieval_csv([RetrievalRow("a.jpg", 7, tuple(present), negated)]))
    assert tuple(found) == RETRIEVAL_COLUMNS
    assert ast.literal_eval(found["captions"]) == captions
    assert ast.literal_eval(found["positive_objects"]) == present
    assert ast.literal_eval(found["negative_objects"]) == ["dog"]
    assert (found["filepath"], found["image_id"]) == ("a.jpg", "7")


def test_pandas_reads_the_same() -> None:
    pandas = pytest.importorskip("pandas")
    images = [pictured(number, scene, ["person", "dog"]) for number, scene in enumerate(SCENES, 1)]
    questions = build_mcq(images, mcq_options(), 0).rows
    table = pandas.read_csv(io.BytesIO(mcq_csv(questions)))
    assert list(table["caption_2"]) == [row.captions[2] for row in questions]
    assert list(table["correct_answer"]) == [row.right for row in questions]
    rows = build_retrieval(images, retrieval_options(), 0).rows
    table = pandas.read_csv(io.BytesIO(retrieval_csv(rows)))
    assert [ast.literal_eval(cell) for cell in table["captions"]] == [
        [caption.text for caption in row.captions] for row in rows
    ]


def test_columns_are_those_of_the_published_files() -> None:
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data/negbench")
    for name, columns in (
        ("COCO_val_mcq_llama3.1_rephrased.csv", MCQ_COLUMNS),
        ("COCO_val_negated_retrieval_llama3.1_rephrased_affneg_true.csv", RETRIEVAL_COLUMNS),
    ):
        with (SHARED / name).open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))) == columns


def test_the_same_build_is_the_same_to_the_byte() -> None:
    images = coco("val2017")[:20]
    one, other = (mcq_csv(build_mcq(images[::step], mcq_options(), 0).rows) for step in (1, -1))
    assert one == other
