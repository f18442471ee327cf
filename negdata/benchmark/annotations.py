"""Reads ``instances.json``: what is annotated in the images that a dataset of referring expressions goes by."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import msgspec

from negdata.benchmark.gathering import Gathering
from negdata.benchmark.regions import ReferredImage, Region
from negdata.benchmark.typed import Id, Pixels, read_typed_json

_WHAT = "a file of COCO instances"
_REMEDY = (
    "Give the instances.json that came with the refs, as it was published: images, annotations with boxes (captions "
    "have none) and categories."
)


class _Image(msgspec.Struct, gc=False):
    id: Id
    file_name: str
    width: Pixels
    height: Pixels


class _Annotation(msgspec.Struct, gc=False):
    id: Id
    image_id: Id
    category_id: Id
    bbox: tuple[float, float, float, float]
    iscrowd: bool | int = 0


class _Category(msgspec.Struct, gc=False):
    id: Id
    name: str


class _Instances(msgspec.Struct, gc=False):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def read_annotations(path: Path, wanted: Container[int]) -> Gathering:
    """What the file has: the categories, and the images that are wanted, with their regions in the order of the file.

    Raises:
        NegdataError: the file can't be read, or is no COCO instances file.
    """
    read = read_typed_json(path, _Instances, _WHAT, _REMEDY)
    gathering = Gathering(path, wanted)
    for number, category in enumerate(read.categories):
        gathering.add_category(f"categories[{number}]", category.id, category.name)
    for number, image in enumerate(read.images):
        bare = ReferredImage(image.id, image.file_name, image.width, image.height, (), ())
        gathering.add_image(f"images[{number}]", bare)
    for number, one in enumerate(read.annotations):
        region = Region(one.id, one.category_id, one.bbox, bool(one.iscrowd))
        gathering.add_region(f"annotations[{number}]", one.image_id, region)
    return gathering
