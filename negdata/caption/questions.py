"""The rows of the ``vqa`` pipeline: visual questions that were answered no, each joined with captions of its image."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Literal

from negdata.errors import NegdataError
from negdata.imagenames import coco_image_name, coco_number
from negdata.records import CaptionRecord
from negdata.sources import BadRow, Row, Source
from negdata.sources.first_pass import FirstPass
from negdata.sources.vqa import AnsweredNo, VqaQuestions

_NUMBER = re.compile(r"\d+")
ImageKey = int | str


class QuestionSource:
    """A source whose rows are questions beside captions; a question stands in ``question``.

    Attributes:
        unmatched: questions about images that no caption is known of.
    """

    format = "vqa"

    def __init__(
        self,
        questions: VqaQuestions,
        captions: Source | None,
        *,
        per_image: int | None,
        standalone: bool,
        bad_rows: Literal["refuse", "fail"] = "refuse",
        on_rows: Callable[[int], None] | None = None,
    ) -> None:
        """Reads the captions of the questions' images into memory.

        Args:
            questions: those answered no.
            captions: of their images; None only with ``standalone``.
            per_image: captions that a question is joined with, at most; the questions about an image take turns.
            standalone: whether a question stands alone, as a caption of its own.
            bad_rows: whether captions that can't be used are refused, or are rows of this source.

        Raises:
            NegdataError: a row of the captions can't be used and ``bad_rows`` refuses that, or none is about an image
                that is asked about.
        """
        self.unused: set[str] = set()
        self.path = questions.files[0]
        self._questions = questions
        self._captions = captions
        self._per_image = per_image
        self._standalone = standalone
        asked = {image_key(item.image_id, None) for item in questions.items}
        self._by_image = _captions_of(captions, asked, bad_rows, on_rows) if captions is not None else {}
        self.unmatched = sum(image_key(item.image_id, None) not in self._by_image for item in questions.items)
        if not questions.items:
            raise NegdataError(
                f"No question of {self.path} was answered no by enough annotators.", "Lower --min-agreement."
            )
        if captions is not None and self.unmatched == len(questions.items):
            raise NegdataError(
                f"{captions.path} has no caption of an image that {self.path} asks about.",
                "Give the captions of the same images: VQAv2's are COCO's of 2014.",
            )

    @property
    def notes(self) -> list[str]:
        """What becomes of the questions that make no row."""
        found = self._questions
        told = [
            f"{found.asked:,} questions, {found.yes_no:,} of them yes/no; {len(found.items):,} were answered no by "
            f"enough annotators, {found.too_little_agreement:,} by too few"
        ]
        if found.unanswered:
            told.append(f"{found.unanswered:,} questions have no annotation")
        if self._captions is not None and self.unmatched:
            used = "take their image's name from its id" if self._standalone else "make no row"
            told.append(f"{self.unmatched:,} questions are about images that {self._captions.path} lacks, and {used}")
        return told

    def rows(self) -> Iterator[Row]:
        """Captions that can't be used, then the questions in their order."""
        if self._captions is not None:
            yield from (row for row in self._captions.rows() if isinstance(row, BadRow))
        turns: dict[ImageKey, int] = {}
        for item in self._questions.items:
            key = image_key(item.image_id, None)
            captions = self._by_image.get(key, [])
            if self._standalone:
                yield self._alone(item, captions)
                continue
            turn = turns.get(key, 0)
            for caption in _taken(captions, turn, self._per_image):
                yield caption.model_copy(
                    update={
                        "id": f"{caption.id}+vqa:{item.question_id}",
                        "pipeline": "vqa",
                        "question": " ".join(item.question.split()),
                        **_UNWRITTEN,
                    }
                )
            turns[key] = turn + (self._per_image or 0)

    def digest(self) -> str:
        digests = self._questions.digest() + (self._captions.digest() if self._captions is not None else "")
        return hashlib.blake2b(digests.encode(), digest_size=16).hexdigest()

    def _alone(self, item: AnsweredNo, captions: list[CaptionRecord]) -> CaptionRecord:
        name = captions[0].image if captions else coco_image_name(item.image_id, self._questions.data_subtype)
        question = " ".join(item.question.split())
        return CaptionRecord(
            id=f"vqa:{item.question_id}",
            image=name,
            image_id=item.image_id,
            caption=question,
            pipeline="vqa",
            question=question,
        )


_UNWRITTEN = {"kind": None, "negated": None, "negated_caption": None, "false_caption": None, "verdict": None}


def image_key(image_id: int | str | None, image: str | None) -> ImageKey:
    """What an image of COCO is known by in every file about it: its number, from its id or its name."""
    if image_id is not None:
        text = str(image_id)
        return int(text) if text.isdecimal() else text
    number = coco_number(image or "")
    if number is not None:
        return number
    numbers = _NUMBER.findall(PurePosixPath(image or "").stem)
    return int(numbers[-1]) if numbers else image or ""


def _captions_of(
    source: Source,
    asked: set[ImageKey],
    bad_rows: Literal["refuse", "fail"],
    on_rows: Callable[[int], None] | None,
) -> dict[ImageKey, list[CaptionRecord]]:
    found: dict[ImageKey, list[CaptionRecord]] = {}
    for row in FirstPass(source, bad_rows, on_rows).good_rows():
        key = image_key(row.image_id, row.image)
        if key in asked:
            found.setdefault(key, []).append(row)
    return found


def _taken(captions: list[CaptionRecord], turn: int, most: int | None) -> list[CaptionRecord]:
    if most is None or most >= len(captions):
        return captions
    return [captions[(turn + step) % len(captions)] for step in range(most)]
