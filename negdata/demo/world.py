"""Writes scenes as a data set: images, captions and boxes in the layouts of COCO."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negdata.demo.captions import captions_of
from negdata.demo.scene import KINDS, SIDE, Scene, draw_scene
from negdata.vocabulary import vocabulary
from negdata.whole_files import write_whole

CAPTIONS_AN_IMAGE = 3
_QUICK = 1
"""Of PNG's compression levels: the files are a little larger, and written in half the time."""


@dataclass(frozen=True, slots=True)
class World:
    """What was written: the folder of images, the two files beside it, and the scenes, image by image."""

    images: Path
    captions: Path
    instances: Path
    scenes: tuple[Scene, ...]


def write_world(folder: Path, n: int, seed: int) -> World:
    """Writes `n` scenes to images/, captions.json and instances.json; the same seed writes the same files anywhere.

    instances.json boxes every object of every kind, so what has no box is absent.
    """
    chance = random.Random(seed)
    return write_scenes(folder, [draw_scene(chance) for _ in range(n)], chance)


def write_scenes(
    folder: Path,
    scenes: Sequence[Scene],
    chance: random.Random,
    *,
    captions_an_image: int = CAPTIONS_AN_IMAGE,
    prefix: str = "",
    images: Path | None = None,
) -> World:
    """Writes these scenes as ``write_world`` does.

    Args:
        chance: picks the captions.
        captions_an_image: 1 to 5.
        prefix: of the images' names, so that they aren't taken for those of another world.
        images: where the images go; images/ in the folder unless told otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images = images or folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    listed: list[dict[str, Any]] = []
    captions: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    categories = {name: number for number, name in enumerate(KINDS, 1)}
    for number, scene in enumerate(scenes):
        name = f"{prefix}{number:06d}.png"
        scene.image().save(images / name, compress_level=_QUICK)
        listed.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
        for said in captions_of(scene, captions_an_image, chance):
            captions.append({"id": len(captions) + 1, "image_id": number, "caption": said})
        for thing in scene.objects:
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": number,
                    "category_id": categories[thing.name],
                    "bbox": list(thing.box),
                    "area": thing.box[2] * thing.box[3],
                    "iscrowd": 0,
                }
            )
    world = World(images, folder / "captions.json", folder / "instances.json", tuple(scenes))
    _write(world.captions, {"images": listed, "annotations": captions})
    _write(world.instances, {"categories": _categories(), "images": listed, "annotations": boxes})
    return world


def _categories() -> list[dict[str, Any]]:
    known = vocabulary()
    found = []
    for number, name in enumerate(KINDS, 1):
        entry = known.lookup(name)
        kind = entry.isa[0] if entry is not None and entry.isa else name
        found.append({"id": number, "name": name, "supercategory": kind})
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content).encode())
