"""What a benchmark asks of a model, whatever file it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from negdata.benchmark.regions import Box


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of an image: a box of it, or all of it.

    Attributes:
        image: the file's name, relative to ``--images``.
        box: in pixels of the file; None for the whole image.
        size: width and height of the whole image, where the benchmark's file says so.
    """

    image: str
    box: Box | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ChoiceItem:
    """One question with one right answer: which of several views a text fits, or which of several texts a view.

    Attributes:
        views: one view, or the candidates.
        texts: the candidates, or one text.
        right: the place of the right candidate, in the order of the file.
        groups: what a breakdown goes by: {"cue": "no", "kind": "object"}.
    """

    id: str
    views: tuple[View, ...]
    texts: tuple[str, ...]
    right: int
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def candidates(self) -> int:
        """How many answers there are to choose from."""
        return max(len(self.views), len(self.texts))


@dataclass(frozen=True, slots=True)
class ChoiceBench:
    """A benchmark of choices: accuracy is the share of items whose right candidate scores highest.

    Attributes:
        left_out: what of the file is not asked, and how many of it.
    """

    suite: str
    path: Path
    items: tuple[ChoiceItem, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetrievalBench:
    """A benchmark of search: captions find their image among all images, images one of their captions.

    Attributes:
        image_of: for each caption the place of its image in ``images``.
        left_out: what of the file is not searched or not searched for, and how many of it.
    """

    suite: str
    path: Path
    images: tuple[str, ...]
    captions: tuple[str, ...]
    image_of: tuple[int, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassBench:
    """A benchmark of zero-shot classification: each image gets the class whose prompts, averaged, fit it best.

    Attributes:
        classes: the names of the classes.
        prompts: for each class its texts.
        images: names relative to ``root``.
        labels: for each image the place of its class.
        root: the folder that ``images`` are relative to.
        left_out: what of the folder is not classified, and how many of it.
    """

    suite: str
    path: Path
    root: Path
    classes: tuple[str, ...]
    prompts: tuple[tuple[str, ...], ...]
    images: tuple[str, ...]
    labels: tuple[int, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgeItem:
    """A yes/no question about an image, for a verifier; ``object`` is what it asks about."""

    id: str
    image: str
    question: str
    object: str
    present: bool
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgeBench:
    """A benchmark of yes/no questions (POPE)."""

    suite: str
    path: Path
    items: tuple[JudgeItem, ...]


Bench = ChoiceBench | RetrievalBench | ClassBench | JudgeBench
