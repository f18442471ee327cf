"""VQAv2 questions and annotations in their official layout: the questions whose annotators agree on "no"."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.sources.base import file_digest, shorten
from negdata.sources.coco import parse_json

Identity = int | str

MIN_AGREEMENT = 7
MAX_QUESTION_CHARACTERS = 1_000
_ANSWERS = 10
_REMEDY = "Give the files as they are published, such as v2_OpenEnded_mscoco_train2014_questions.json."
_BOTH = (
    "Give the questions file (v2_OpenEnded_..._questions.json) first and the annotations file "
    "(v2_..._annotations.json) second."
)


@dataclass(frozen=True, slots=True)
class AnsweredNo:
    """A question whose annotators answered "no": ``agreement`` of ``annotators`` of them."""

    question_id: Identity
    image_id: Identity
    question: str
    agreement: int
    annotators: int


@dataclass(frozen=True, slots=True)
class VqaQuestions:
    """What a pair of files asks.

    Attributes:
        asked: how many questions there are.
        unanswered: how many of them have no annotation.
        yes_no: how many are answered by yes or no.
        too_little_agreement: how many are mostly answered "no", but by too few.
        data_subtype: the images' set, such as "train2014"; "" where the files don't say.
        items: the questions answered "no", in the order of the questions file.
    """

    asked: int
    unanswered: int
    yes_no: int
    too_little_agreement: int
    data_subtype: str
    items: list[AnsweredNo]
    files: tuple[Path, Path] = field(repr=False)

    def digest(self) -> str:
        """A hash of both files' content, for the manifest."""
        return hashlib.blake2b("".join(map(file_digest, self.files)).encode(), digest_size=16).hexdigest()


def read_answered_no(questions: Path, annotations: Path, *, min_agreement: int = MIN_AGREEMENT) -> VqaQuestions:
    """The questions whose most frequent answer is "no", said by at least ``min_agreement`` of their annotators.

    Raises:
        NegdataError: a file can't be read or isn't in VQAv2's layout, or ``min_agreement`` isn't 1 to 10.
    """
    if not 1 <= min_agreement <= _ANSWERS:
        raise NegdataError(
            f"The agreement is {min_agreement}, but a question has {_ANSWERS} annotators.",
            f"Give a number from 1 to {_ANSWERS}.",
        )
    asked_file, answered_file = _document(questions, "questions"), _document(annotations, "annotations")
    subtype = _subtype(asked_file, questions, answered_file, annotations)
    answers = _answers(answered_file["annotations"], annotations)
    asked = unanswered = yes_no = too_few = 0
    items: list[AnsweredNo] = []
    for question_id, image_id, question in _questions(asked_file["questions"], questions):
        asked += 1
        answer = answers.get(question_id)
        if answer is None:
            unanswered += 1
            continue
        if answer.image_id != image_id:
            raise NegdataError(
                f"Question {question_id} is about image {image_id} in {questions}, and about image {answer.image_id} "
                f"in {annotations}.",
                "Give questions and annotations of the same release and split.",
            )
        yes_no += answer.yes_no
        if answer.yes_no and answer.majority_no:
            if answer.noes >= min_agreement:
                items.append(AnsweredNo(question_id, image_id, question, answer.noes, answer.annotators))
            else:
                too_few += 1
    return VqaQuestions(asked, unanswered, yes_no, too_few, subtype, items, (questions, annotations))


@dataclass(frozen=True, slots=True)
class _Answer:
    image_id: Identity
    yes_no: bool
    majority_no: bool
    noes: int
    annotators: int


def _document(path: Path, key: str) -> dict[str, Any]:
    document = parse_json(path)
    if isinstance(document.get(key), list):
        return document
    other = "annotations" if key == "questions" else "questions"
    if isinstance(document.get(other), list) and key not in document:
        raise NegdataError(f"{path} holds {other}, not {key}: the two files seem to be swapped.", _BOTH)
    if key in document:
        raise NegdataError(f"{path} has {key!r} that is {_said(document[key])}, not a list.", _REMEDY)
    found = ", ".join(repr(shorten(name)) for name in list(document)[:10]) or "none"
    raise NegdataError(f"{path} has no {key!r}; its keys are {found}.", _BOTH)


def _subtype(asked: dict[str, Any], questions: Path, answered: dict[str, Any], annotations: Path) -> str:
    found: list[str] = []
    for document, path in ((asked, questions), (answered, annotations)):
        value = document.get("data_subtype", "")
        if not isinstance(value, str) or not all(c.isalnum() or c in "-_" for c in value) or len(value) > 40:
            raise NegdataError(f"{path} has the data_subtype {_said(value)}, not a name such as 'train2014'.", _REMEDY)
        found.append(value)
    if all(found) and found[0] != found[1]:
        raise NegdataError(
            f"{questions} is of {found[0]}, but {annotations} is of {found[1]}.", "Give two files of the same split."
        )
    return found[0] or found[1]


def _questions(records: list[Any], path: Path) -> Iterator[tuple[Identity, Identity, str]]:
    seen: set[Identity] = set()
    for number, record in enumerate(records, 1):
        question_id, image_id = _identities(record, number, path, "question")
        if question_id in seen:
            raise _bad(path, "question", number, f"question_id {_said(question_id)} stands twice in the file")
        seen.add(question_id)
        question = record.get("question")
        if not isinstance(question, str) or not question.strip():
            raise _bad(path, "question", number, f"question is {_said(question)}, not text")
        if len(question) > MAX_QUESTION_CHARACTERS:
            raise _bad(path, "question", number, f"question has {len(question):,} characters")
        yield question_id, image_id, question


def _answers(records: list[Any], path: Path) -> dict[Identity, _Answer]:
    found: dict[Identity, _Answer] = {}
    for number, record in enumerate(records, 1):
        question_id, image_id = _identities(record, number, path, "annotation")
        if question_id in found:
            raise _bad(path, "annotation", number, f"question_id {_said(question_id)} stands twice in the file")
        majority, kind = record.get("multiple_choice_answer"), record.get("answer_type")
        if not isinstance(majority, str):
            raise _bad(path, "annotation", number, f"multiple_choice_answer is {_said(majority)}, not text")
        if not isinstance(kind, str):
            raise _bad(path, "annotation", number, f"answer_type is {_said(kind)}, not text")
        said = [_answer(answer, number, path) for answer in _listed(record.get("answers"), number, path)]
        found[question_id] = _Answer(image_id, kind == "yes/no", majority == "no", said.count("no"), len(said))
    return found


def _listed(answers: object, number: int, path: Path) -> list[Any]:
    if isinstance(answers, list) and answers:
        return answers
    raise _bad(path, "annotation", number, f"answers is {_said(answers)}, not a list of answers")


def _answer(answer: object, number: int, path: Path) -> str:
    value = answer.get("answer") if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise _bad(path, "annotation", number, f"one of its answers is {_said(answer)}, not an object with an answer")
    return value


def _identities(record: object, number: int, path: Path, kind: str) -> tuple[Identity, Identity]:
    if not isinstance(record, dict):
        raise _bad(path, kind, number, f"it is {_said(record)}, not an object")
    return _identity(record, "question_id", number, path, kind), _identity(record, "image_id", number, path, kind)


def _identity(record: dict[str, Any], key: str, number: int, path: Path, kind: str) -> Identity:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise _bad(path, kind, number, f"{key} is {_said(value)}, not a number or text")
    if isinstance(value, str) and (len(value) > 100 or not value.isprintable() or "/" in value or "\\" in value):
        raise _bad(path, kind, number, f"{key} is {_said(value)}, which can't be part of a file's name")
    return value


def _bad(path: Path, kind: str, number: int, problem: str) -> NegdataError:
    return NegdataError(f"{path}, {kind} number {number}: {problem}.", _REMEDY)


def _said(value: object) -> str:
    return shorten(repr(value)) if value is not None else "missing"
