"""What an image is called in the files about it: COCO's photographs have one number and a name in every release."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
_OF_2014 = re.compile(r"COCO_[a-z]+[0-9]{4}_([0-9]{12})(?![0-9])", re.IGNORECASE)
_OF_2017 = re.compile(r"([0-9]{12})(?:_[0-9]+)?")
"""RefCOCOg's names end in the number of an annotation."""


def base_name(name: str) -> str:
    """The last part of a path, with either slash, or of an address."""
    if "://" in name:
        name = re.split(r"[?#]", name, maxsplit=1)[0]
    return re.split(r"[\\/]", name.rstrip("\\/"))[-1]


def image_stem(name: str) -> str:
    """The base name without an image's suffix."""
    short = base_name(name)
    suffix = PurePosixPath(short).suffix
    return short[: -len(suffix)] if suffix.lower() in IMAGE_SUFFIXES else short


def coco_number(name: str) -> int | None:
    """The number of the COCO photograph that a name of COCO's kind names, whatever the release; None: no such name.

    ``COCO_val2014_000000000042.jpg``, ``val2017/000000000042.jpg`` and RefCOCOg's
    ``COCO_train2014_000000000042_1954731.jpg`` are one photograph.
    """
    stem = image_stem(name)
    found = _OF_2014.search(stem) or _OF_2017.fullmatch(stem)
    return int(found[1]) if found else None


def coco_image_name(image_id: int | str, subtype: str) -> str:
    """The file name of a COCO image: ``COCO_train2014_000000458752.jpg`` of 2014, ``000000458752.jpg`` of 2017."""
    number = f"{int(image_id):012d}" if str(image_id).isdecimal() else str(image_id)
    return f"COCO_{subtype}_{number}.jpg" if subtype.endswith(("2014", "2015")) else f"{number}.jpg"
