"""NegBench's retrieval with negation, from any captioned images with annotated objects.

Each caption also says that a plausible object is absent, somewhere in the sentence. After Alhamoud et al.,
"Vision-Language Models Do Not Understand Negation", CVPR 2025, who had a language model write the captions; here
grammar does, so that every word of the original stays and nothing is made up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from negdata.benchmark.negbench.annotated import AnnotatedCaptions
from negdata.benchmark.negbench.presence import ObjectOptions, called, presence
from negdata.benchmark.negbench.rejected import Rejected
from negdata.filter.ungrammatical import check_grammar
from negdata.grammar import CannotWrite, write_negation
from negdata.grammar.writing import seed_of
from negdata.negation import check_speaks_of_image

AMONG = 2
"""How many times as many objects as are wanted are drawn from: the most plausible, but not always the same ones."""


class RetrievalOptions(BaseModel):
    """``build`` in benchmark/negbench-retrieval.yaml.

    Attributes:
        objects: which objects are spoken of, and how they are called.
        per_image: how many objects the captions of an image deny between them, while their sentences can take these.
    """

    model_config = ConfigDict(extra="forbid")

    builder: Literal["negbench-retrieval"] = "negbench-retrieval"
    objects: ObjectOptions = ObjectOptions()
    per_image: int = Field(default=3, ge=1, le=100)


@dataclass(frozen=True, slots=True)
class NegatedCaption:
    """A caption that denies ``category``, and the caption that it was made of."""

    text: str
    original: str
    category: str
    construction: str
    position: str


@dataclass(frozen=True, slots=True)
class RetrievalRow:
    """An image with its negated captions, in the order of the originals."""

    image: str
    image_id: int | str
    present: tuple[str, ...]
    captions: tuple[NegatedCaption, ...]

    @property
    def denied(self) -> tuple[str, ...]:
        """The categories that the captions deny, each once."""
        return tuple(dict.fromkeys(caption.category for caption in self.captions))


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """What was built: every caption is kept in a row or rejected, and every image without captions too."""

    rows: tuple[RetrievalRow, ...]
    rejected: tuple[Rejected, ...]


def build_retrieval(images: Sequence[AnnotatedCaptions], options: RetrievalOptions, seed: int) -> RetrievalResult:
    """Negated captions for each image, each image by itself: order and company don't matter."""
    rows: list[RetrievalRow] = []
    rejected: list[Rejected] = []
    for image in images:
        written = list(_written(image, options, seed))
        kept = tuple(one for one in written if isinstance(one, NegatedCaption))
        rejected += [one for one in written if isinstance(one, Rejected)]
        if kept:
            rows.append(RetrievalRow(image.file_name, image.image_id, image.present, kept))
    rows.sort(key=lambda row: (isinstance(row.image_id, str), row.image_id, row.image))
    return RetrievalResult(tuple(rows), tuple(sorted(rejected, key=lambda one: one.order)))


def _written(image: AnnotatedCaptions, options: RetrievalOptions, seed: int) -> Iterator[NegatedCaption | Rejected]:
    if not image.captions:
        yield _rejected(image, "", "no-captions", "the image has no captions")
        return
    absent = presence(image, options.objects).absent
    rng = random.Random(seed_of("negbench-retrieval", seed, type(image.image_id).__name__, image.image_id))
    best = absent[: AMONG * options.per_image]
    turns = rng.sample(best, min(options.per_image, len(best)))
    others = [name for name in absent if name not in turns]
    for ordinal, caption in enumerate(image.captions):
        if not absent:
            yield _rejected(
                image, caption, "no-absent-object", "no object that the image could show is absent for certain"
            )
            continue
        at = ordinal % len(turns)
        # The caption's turn first, then the other turns, then what else is absent.
        yield _negated(image, caption, [*turns[at:], *turns[:at], *others], options, seed)


def _negated(
    image: AnnotatedCaptions, caption: str, categories: Sequence[str], options: RetrievalOptions, seed: int
) -> NegatedCaption | Rejected:
    """The caption with the first of the categories denied that its sentence can take."""
    plain = " ".join(caption.split())
    finding = check_speaks_of_image(plain)
    if finding is not None:
        return _rejected(image, caption, finding.reason, finding.detail)
    problem = ("", "")
    for category in categories:
        try:
            written = write_negation(plain, called(category, options.objects.names), seed)
        except CannotWrite as reason:
            problem = problem if problem[0] else (reason.code, str(reason))
            continue
        slip = check_grammar(plain, written.text)
        if slip is None:
            return NegatedCaption(written.text, caption, category, written.construction, written.position)
        problem = problem if problem[0] else (slip.reason, slip.detail)
    return _rejected(image, caption, *problem)


def _rejected(image: AnnotatedCaptions, what: str, reason: str, detail: str) -> Rejected:
    return Rejected(image.file_name, image.image_id, what, reason, detail)
