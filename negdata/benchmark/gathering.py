"""Images with their boxes, gathered row by row from a file that nobody vouches for."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from negdata.benchmark.regions import Box, ReferredImage, Region
from negdata.errors import NegdataError
from negdata.sources.base import image_problem, shorten

MOST_BEYOND = 1.0
"""Boxes of COCO were rounded; a pixel beyond the image is no mistake."""
_SHOWN = 10
_REMEDY = "Take the file as its authors publish it, or mend these."

NO_AREA = "boxes of no area"
BEYOND = "boxes that reach out of their image by more than a pixel"


class Gathering:
    """What a file has of images and regions; problems of it are collected, and told all at once.

    Boxes of no area, and those beyond their image, are left out and counted: no crop can be made of them. A box that
    can't be (of negative size) is a problem, as is an id that stands twice.

    Args:
        wanted: the images that are kept, None for all; all rows are checked.

    Attributes:
        categories: id → name.
        left_out: annotation id → why its region was left out, of images that are kept.
    """

    def __init__(self, path: Path, wanted: Container[int] | None = None) -> None:
        self._path = path
        self._wanted = wanted
        self._category_names: set[str] = set()
        self._problems: list[str] = []
        self._found = 0
        self._images: dict[int, ReferredImage] = {}
        self._regions: dict[int, list[Region]] = {}
        self._annotations: set[int] = set()
        self.categories: dict[int, str] = {}
        self.left_out: dict[int, str] = {}

    def add_category(self, where: str, identity: int, name: str) -> None:
        """A category; two of one name would make one kind of thing two."""
        shown = shorten(ascii(name))
        if not name.strip() or not name.isprintable():
            self._add_problem(f"{where}: its category has the name {shown}")
        elif identity in self.categories or name in self._category_names:
            self._add_problem(f"{where}: the id {identity} or the name {shown} is another category's as well")
        self.categories[identity] = name
        self._category_names.add(name)

    def add_image(self, where: str, image: ReferredImage) -> None:
        """An image without its regions."""
        problem = image_problem(image.file_name, required=True)
        if problem is None and not image.file_name.isprintable():
            problem = f"image has a name that can't be printed ({shorten(ascii(image.file_name))})"
        if image.id in self._images:
            problem = f"has the id {image.id} of another image"
        if problem is not None:
            self._add_problem(f"{where}: {problem}")
            return
        self._images[image.id] = image
        if self._wanted is None or image.id in self._wanted:
            self._regions[image.id] = []

    def add_region(self, where: str, image_id: int, region: Region) -> None:
        """A region of an image that was added before."""
        image = self._images.get(image_id)
        problem = None
        if image is None:
            problem = f"its image {image_id} is none of the file's"
        elif region.annotation_id in self._annotations:
            problem = f"has the id {region.annotation_id} of another"
        elif region.category not in self.categories:
            problem = f"its category {region.category} is none of the file's"
        elif region.box[2] < 0 or region.box[3] < 0:
            problem = f"its box {list(region.box)} has a negative size"
        if problem is not None:
            self._add_problem(f"{where}: {problem}")
            return
        assert image is not None
        self._annotations.add(region.annotation_id)
        kept = self._regions.get(image_id)
        if kept is None:
            return
        fault = _fault(region.box, image)
        if fault is None:
            kept.append(region)
        else:
            self.left_out[region.annotation_id] = fault

    def images(self) -> dict[int, ReferredImage]:
        """The wanted images with their regions; NegdataError where the file has problems."""
        if self._found:
            more = f"; and {self._found - _SHOWN:,} more" if self._found > _SHOWN else ""
            counted = "a row" if self._found == 1 else f"{self._found:,} rows"
            raise NegdataError(f"{self._path} has {counted} that can't be: {'; '.join(self._problems)}{more}.", _REMEDY)
        return {
            identity: replace(self._images[identity], regions=tuple(regions))
            for identity, regions in self._regions.items()
        }

    def _add_problem(self, problem: str) -> None:
        self._found += 1
        if self._found <= _SHOWN:
            self._problems.append(problem)


def _fault(box: Box, image: ReferredImage) -> str | None:
    x, y, width, height = box
    if not width or not height:
        return NO_AREA
    beyond = max(-x, -y, x + width - image.width, y + height - image.height)
    return BEYOND if beyond > MOST_BEYOND else None
