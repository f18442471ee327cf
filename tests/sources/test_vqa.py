"""VQAv2 files are read as published; whatever else they may be ends with what is wrong and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.sources.vqa import AnsweredNo, VqaQuestions, read_answered_no


def asked(number: int, **changes: Any) -> dict[str, Any]:
    """A question record."""
    return {"question_id": number, "image_id": number * 10, "question": f"Is it {number}?", **changes}


def answered(number: int, noes: int, **changes: Any) -> dict[str, Any]:
    """An annotation record: ``noes`` of ten annotators say no, the others yes."""
    answers = [{"answer": "no" if i < noes else "yes", "answer_id": i + 1} for i in range(10)]
    record = {"question_id": number, "image_id": number * 10, "answer_type": "yes/no", "answers": answers}
    return {**record, "multiple_choice_answer": "no" if noes > 5 else "yes", **changes}


def write(folder: Path, questions: Any, annotations: Any, subtype: Any = "train2014") -> tuple[Path, Path]:
    """Both files, in the official layout."""
    paths = folder / "questions.json", folder / "annotations.json"
    for path, key, records in zip(paths, ("questions", "annotations"), (questions, annotations), strict=True):
        path.write_text(json.dumps({"info": {}, "data_subtype": subtype, key: records}), encoding="utf-8")
    return paths


def read(folder: Path, questions: Any, annotations: Any, **settings: Any) -> VqaQuestions:
    return read_answered_no(*write(folder, questions, annotations), **settings)


def test_agreement_decides(tmp_path: Path) -> None:
    found = read(
        tmp_path, [asked(n) for n in range(1, 6)], [answered(1, 10), answered(2, 7), answered(3, 6), answered(4, 2)]
    )
    assert found.items == [AnsweredNo(1, 10, "Is it 1?", 10, 10), AnsweredNo(2, 20, "Is it 2?", 7, 10)]
    assert (found.asked, found.unanswered, found.yes_no, found.too_little_agreement) == (5, 1, 4, 1)
    assert found.data_subtype == "train2014"
    assert len(read(tmp_path, [asked(3)], [answered(3, 6)], min_agreement=6).items) == 1


def test_only_questions_of_yes_and_no_count(tmp_path: Path) -> None:
    odd = answered(1, 10, answer_type="other")
    almost = answered(2, 10)
    almost["answers"][0]["answer"] = "no, it isn't"
    found = read(tmp_path, [asked(1), asked(2)], [odd, almost], min_agreement=10)
    assert (found.yes_no, found.items, found.too_little_agreement) == (1, [], 1)


def test_the_digest_is_of_both_files(tmp_path: Path) -> None:
    first = read(tmp_path, [asked(1)], [answered(1, 10)]).digest()
    assert read(tmp_path, [asked(1)], [answered(1, 10)]).digest() == first
    assert read(tmp_path, [asked(1)], [answered(1, 9)]).digest() != first
    assert read(tmp_path, [asked(1, question="Is it?")], [answered(1, 10)]).digest() != first


@pytest.mark.parametrize(
    ("questions", "annotations", "told"),
    [
        ([asked(1), asked(1)], [], "question number 2: question_id 1 stands twice"),
        ([], [answered(1, 9), answered(1, 9)], "annotation number 2: question_id 1 stands twice"),
        ([asked(1, question_id=True)], [], "question number 1: question_id is True"),
        ([asked(1, image_id=None)], [], "question number 1: image_id is missing"),
        ([asked(1, image_id="../x")], [], "image_id is '../x'"),
        ([asked(1, question=3)], [], "question is 3, not text"),
        ([asked(1, question=" ")], [], "question is ' ', not text"),
        ([asked(1, question="x" * 5000)], [], "question has 5,000 characters"),
        (["x"], [], "question number 1: it is 'x', not an object"),
        ([], [3], "annotation number 1: it is 3, not an object"),
        ([], [answered(1, 9, answers=[])], r"answers is \[\], not a list of answers"),
        ([], [answered(1, 9, answers=["no"])], "one of its answers is 'no'"),
        ([], [answered(1, 9, answers=[{"answer": 1}])], "one of its answers is {'answer': 1}"),
        ([], [answered(1, 9, multiple_choice_answer=None)], "multiple_choice_answer is missing"),
        ([], [answered(1, 9, answer_type=1)], "answer_type is 1"),
        ([asked(1)], [answered(1, 9, image_id=5)], "about image 10 in .* and about image 5"),
        ({"a": 1}, [], "'questions' that is {'a': 1}, not a list"),
        ([], None, "'annotations' that is missing, not a list|has no 'annotations'"),
    ],
)
def test_wrong_records_are_told_by_file_number_field_and_value(
    tmp_path: Path, questions: Any, annotations: Any, told: str
) -> None:
    with pytest.raises(NegdataError, match=told) as caught:
        read(tmp_path, questions, annotations)
    assert str(tmp_path) in caught.value.problem
    assert caught.value.remedy


def test_swapped_files_are_told(tmp_path: Path) -> None:
    questions, annotations = write(tmp_path, [asked(1)], [answered(1, 9)])
    with pytest.raises(NegdataError, match="seem to be swapped"):
        read_answered_no(annotations, questions)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"{}", b'{"questions": 1}', b"\xff\xfe", b"null"])
def test_wrong_files_are_told(tmp_path: Path, content: bytes) -> None:
    questions, annotations = write(tmp_path, [asked(1)], [answered(1, 9)])
    for path in (annotations, questions):
        path.write_bytes(content)
        with pytest.raises(NegdataError, match=path.name):
            read_answered_no(questions, annotations)
        write(tmp_path, [asked(1)], [answered(1, 9)])


def test_files_that_are_not_there_or_of_two_splits_are_told(tmp_path: Path) -> None:
    questions, annotations = write(tmp_path, [asked(1)], [answered(1, 9)])
    with pytest.raises(NegdataError, match="doesn't exist"):
        read_answered_no(questions, tmp_path / "none.json")
    annotations.write_text(json.dumps({"data_subtype": "val2014", "annotations": []}), encoding="utf-8")
    with pytest.raises(NegdataError, match=r"train2014.*val2014"):
        read_answered_no(questions, annotations)
    write(tmp_path, [], [], subtype="../x")
    with pytest.raises(NegdataError, match="data_subtype"):
        read_answered_no(questions, annotations)


@pytest.mark.parametrize("agreement", [0, 11, -1])
def test_an_agreement_that_no_question_can_have_is_told(tmp_path: Path, agreement: int) -> None:
    with pytest.raises(NegdataError, match=str(agreement)):
        read(tmp_path, [], [], min_agreement=agreement)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELD = st.sampled_from(["question_id", "image_id", "question", "answers", "answer_type", "multiple_choice_answer"])


@given(st.dictionaries(FIELD, JSON, max_size=3), JSON)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_records_are_read_or_told(tmp_path: Path, changes: dict[str, Any], more: Any) -> None:
    problem = ""
    try:
        found = read(tmp_path, [asked(1, **changes), more], [answered(1, 9), answered(2, 9, **changes)])
    except NegdataError as error:
        problem = error.problem
    assert str(tmp_path) in problem if problem else found.asked == 2
