"""Yes/no questions about images in POPE's layout (Li et al., EMNLP 2023): a JSON object a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.remote.copies import local_copy
from negdata.sources.base import image_problem, shorten, unreadable
from negdata.verify.wording import can_be_asked

PROBLEMS_SHOWN = 20
_IS_THERE = re.compile(
    r"(?:is|are) there (?:(?:an?|any|some) )?(?!(?:any|some|no|every)(?:thing|one|body)\b)(.+?)"
    r" in (?:this|the) (?:image|picture|photo)\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PopeQuestion:
    """One line of such a file.

    Attributes:
        text: the question as it stands.
        object: what "Is there a dog in the image?" asks about; empty where a question is none of these.
        present: whether the answer is yes.
        category: how the object was chosen, where the line says so: "adversarial".
    """

    id: str
    image: str
    text: str
    object: str
    present: bool
    category: str


def read_pope(path: Path) -> list[PopeQuestion]:
    """The questions of a file: ``question`` (or ``text``), ``image``, ``label``.

    Raises:
        NegdataError: lines that are none; all are told. Or there is no question at all.
    """
    questions: list[PopeQuestion] = []
    problems: list[str] = []
    for number, line in _lines(path):
        problem, found = _question(path, number, line)
        if found is not None:
            questions.append(found)
        else:
            problems.append(f"line {number}: {problem}")
    if problems:
        more = f"; and {len(problems) - PROBLEMS_SHOWN:,} more" if len(problems) > PROBLEMS_SHOWN else ""
        raise NegdataError(
            f"{path} has {len(problems):,} lines that can't be used: {'; '.join(problems[:PROBLEMS_SHOWN])}{more}.",
            'Each line must be {"question": "…?", "image": "NAME", "label": "yes" or "no"}.',
        )
    if not questions:
        raise NegdataError(f"{path} holds no question.", "Give a COCO instances file, or POPE's JSON lines.")
    return questions


def _question(path: Path, number: int, line: bytes) -> tuple[str, PopeQuestion | None]:
    try:
        values: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return f"it is not valid JSON ({shorten(line.decode('utf-8', 'replace').strip())})", None
    if not isinstance(values, dict):
        return "it is not a JSON object", None
    text = values.get("question", values.get("text"))
    label = values.get("label")
    if not isinstance(text, str) or not text.strip():
        return f"question is {shorten(repr(text))}", None
    if not isinstance(label, str) or label.strip().lower() not in ("yes", "no"):
        return f"label is {shorten(repr(label))}, neither yes nor no", None
    problem = image_problem(values.get("image"), required=True)
    if problem is not None:
        return problem, None
    own, category = values.get("question_id"), values.get("category")
    found = _IS_THERE.fullmatch(" ".join(text.split()))
    return "", PopeQuestion(
        id=f"{path.stem}:{own if isinstance(own, int | str) else number}",
        image=values["image"],
        text=text,
        object=found[1] if found is not None and can_be_asked(found[1]) else "",
        present=label.strip().lower() == "yes",
        category=category if isinstance(category, str) else "",
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with local_copy(path).open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise unreadable(path, error) from error
