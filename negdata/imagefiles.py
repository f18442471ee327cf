"""Finds the file of an image that a record or a benchmark names: names were written on other people's machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from negdata.imagenames import coco_number
from negdata.sources.base import image_problem

_SETS_2014 = ("train2014", "val2014", "test2014", "test2015")


def find_image(images: Path, name: str) -> Path | None:
    """The file below ``images`` that a record or a benchmark calls ``name``; None where there is none.

    Tried are the name as it stands, then ever shorter tails of it: ``data/coco/images/val2017/000000397133.jpg`` is
    found whether ``images`` is the folder that holds ``data``, COCO's own, or ``val2017`` itself. Each is also tried
    under COCO's other name for the same photograph, ``COCO_val2014_000000397133.jpg`` for ``000000397133.jpg``.

    Nothing outside of ``images`` is ever found, whatever the name is and wherever links below the folder lead to;
    ``images`` itself may be a link.
    """
    if image_problem(name, required=True) is not None or "\\" in name:
        return None
    try:
        root = images.resolve()
        for candidate in _candidates(PurePosixPath(name)):
            path = images / candidate
            if path.is_file() and path.resolve().is_relative_to(root):
                return path
    except (OSError, ValueError, RuntimeError):  # no name that a file could have, or a circle of links
        return None
    return None


def _candidates(name: PurePosixPath) -> Iterator[PurePosixPath]:
    for start in range(len(name.parts)):
        tail = PurePosixPath(*name.parts[start:])
        yield tail
        for other in _other_names(tail.name):
            yield tail.with_name(other)


def _other_names(name: str) -> Iterator[str]:
    """What COCO calls the same photograph in its other releases."""
    number = coco_number(name)
    if number is not None:
        names = [f"{number:012d}.jpg", *(f"COCO_{images}_{number:012d}.jpg" for images in _SETS_2014)]
        yield from (other for other in names if other != name)
