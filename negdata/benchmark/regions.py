"""Referring expressions and the regions of images that they refer to: what benchmarks are built from."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""x and y of the upper left corner, width and height, in pixels of the image file."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One referring expression, as it was typed.

    Attributes:
        id: the dataset's number of the sentence.
    """

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A region that people referred to, by its annotation, and what they called it."""

    id: int
    annotation_id: int
    split: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """An annotated box; ``crowd`` marks a box around many things at once."""

    annotation_id: int
    category: int
    box: Box
    crowd: bool = False


@dataclass(frozen=True, slots=True)
class ReferredImage:
    """An image with all its annotated regions, and the references to some of them that the split holds."""

    id: int
    file_name: str
    width: int
    height: int
    regions: tuple[Region, ...]
    references: tuple[Reference, ...]

    def region(self, annotation_id: int) -> Region | None:
        """The region of an annotation, None where the image has no such."""
        return next((one for one in self.regions if one.annotation_id == annotation_id), None)


@dataclass(frozen=True, slots=True)
class ReferringCorpus:
    """A dataset of referring expressions, or one split of it; images in the order of their ids.

    Attributes:
        name: for people: "RefCOCOg (umd), split val".
        categories: id → name.
        digests: file name → hash of its content, for the manifest.
        skipped: what of the files was left out, and how many of it: "refs of other splits".
    """

    name: str
    images: tuple[ReferredImage, ...]
    categories: dict[int, str]
    digests: dict[str, str]
    skipped: dict[str, int]
