"""Pictures side by side on a wall, and what people would call each: a RefCOCOg of the drawn world.

In every image one picture shows a thing and the other doesn't; both are of one place, and show what the phrase names
beside it: only who reads the "no" of "a cat without a dog" finds the right one. How many things each shows and what
else is in it is left to chance; the right one hangs on the left as often as on the right.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageDraw

from negdata.demo.holdout import held_out_pairs, unseen_scenes
from negdata.demo.phrases import affirmed, denied
from negdata.demo.places import PLACES
from negdata.demo.scene import SIDE, Scene, draw_scene
from negdata.demo.shapes import Rgb
from negdata.demo.world import World, write_scenes
from negdata.whole_files import write_whole

CATEGORY = "picture"
WAYS = 2
"""How many negated phrases a picture has."""
_COUNTS = (2, 3)
_FRAME, _GAP = 5, 8
_OUTER = SIDE + 2 * _FRAME
_COLORED = 0.4
_WALLS: tuple[Rgb, ...] = ((196, 186, 170), (170, 180, 188), (206, 200, 206), (178, 190, 172))
_FRAMES: tuple[Rgb, ...] = ((110, 72, 40), (30, 30, 34), (240, 180, 30), (250, 250, 250))


@dataclass(frozen=True, slots=True)
class Wall:
    """Two pictures side by side.

    Attributes:
        scenes: from left to right.
        right: which of them the negated phrases refer to.
        shown: what both show, as the phrases name it: "cat", "red car".
        negated: the kind that the other one shows and this one doesn't.
        denying: phrases of the right one.
        affirming: what the other one is called.
    """

    scenes: tuple[Scene, Scene]
    right: Literal[0, 1]
    shown: str
    negated: str
    denying: tuple[str, ...]
    affirming: str

    @property
    def fitting(self) -> Scene:
        """The scene that the negated phrases refer to."""
        return self.scenes[self.right]

    @property
    def other(self) -> Scene:
        """The scene that shows what they negate."""
        return self.scenes[1 - self.right]


@dataclass(frozen=True, slots=True)
class Gallery:
    """What was written: a folder in RefCOCOg's layout, the images in it, and the walls, image by image."""

    folder: Path
    images: Path
    walls: tuple[Wall, ...]


def draw_wall(
    seed: int | random.Random, *, right: Literal[0, 1], pairs: Sequence[tuple[str, str]] | None = None
) -> Wall:
    """A wall about a pair of kinds; the same seed gives the same wall anywhere.

    Args:
        right: where the picture hangs that the negated phrases refer to.
        pairs: of which one is drawn; the held-out ones unless told otherwise.
    """
    chance = seed if isinstance(seed, random.Random) else random.Random(seed)
    kinds = list(chance.choice(held_out_pairs() if pairs is None else pairs))
    chance.shuffle(kinds)
    shown, negated = kinds
    place = chance.choice([name for name, place in PLACES.items() if set(kinds) <= set(place.kinds)])
    rest = [kind for kind in PLACES[place].kinds if kind not in kinds]
    fitting = _scene(chance, place, [shown], rest)
    other = _scene(chance, place, [shown, negated], rest)
    color = next(thing.color for thing in fitting.objects if thing.name == shown)
    other = _painted(other, shown, color)
    named = f"{color} {shown}" if chance.random() < _COLORED else shown
    return Wall(
        scenes=(other, fitting) if right else (fitting, other),
        right=right,
        shown=named,
        negated=negated,
        denying=tuple(denied(chance, named, negated, WAYS)),
        affirming=affirmed(chance, named, negated),
    )


def draw_walls(n: int, seed: int, *, pairs: Sequence[tuple[str, str]] | None = None) -> tuple[Wall, ...]:
    """`n` walls, the right picture on the left of half of them; the same seed gives the same walls anywhere."""
    chance = random.Random(f"referring {seed}")
    places: list[Literal[0, 1]] = [1 if number % 2 else 0 for number in range(n)]
    chance.shuffle(places)
    return tuple(draw_wall(chance, right=place, pairs=pairs) for place in places)


def hang(scenes: Sequence[Scene], chance: random.Random) -> Image.Image:
    """The scenes framed, from left to right on a wall, RGB; ``box_of`` says where."""
    count = len(scenes)
    image = Image.new("RGB", (count * (_OUTER + _GAP) + _GAP, _OUTER + 2 * _GAP), chance.choice(_WALLS))
    on, paint = ImageDraw.Draw(image), chance.choice(_FRAMES)
    for place, scene in enumerate(scenes):
        left, top, width, height = box_of(place)
        on.rectangle((left, top, left + width - 1, top + height - 1), fill=paint)
        image.paste(scene.image(), (left + _FRAME, top + _FRAME))
    return image


def box_of(place: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of a picture with its frame, in pixels of the image."""
    return _GAP + place * (_OUTER + _GAP), _GAP, _OUTER, _OUTER


def write_referring(
    folder: Path,
    n: int,
    seed: int,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    images: Path | None = None,
) -> Gallery:
    """Writes `n` walls as RefCOCOg is published: ``refs(umd).p`` and ``instances.json``.

    All are of the split "val". Each has two negated phrases of one picture, and an affirmative one of the other; the
    same seed writes the same files anywhere.

    Args:
        pairs: of kinds that walls are about; the held-out ones unless told otherwise.
        images: where the images go; images/ in the folder unless told otherwise.
    """
    chance = random.Random(f"hanging {seed}")
    folder.mkdir(parents=True, exist_ok=True)
    images = images or folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    walls = draw_walls(n, seed, pairs=pairs)
    rows: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    refs: list[dict[str, Any]] = []
    for number, wall in enumerate(walls):
        name = f"wall-{number:06d}.png"
        image = hang(wall.scenes, chance)
        image.save(images / name, compress_level=1)
        rows.append({"id": number, "file_name": name, "width": image.width, "height": image.height})
        for place in range(len(wall.scenes)):
            box = list(box_of(place))
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                }
            )
            phrases = wall.denying if place == wall.right else (wall.affirming,)
            refs.append(_ref(len(refs), number, len(boxes), name, phrases))
    _number_sentences(refs)
    categories = [{"id": 1, "name": CATEGORY, "supercategory": CATEGORY}]
    content = {"categories": categories, "images": rows, "annotations": boxes}
    write_whole(folder / "instances.json", json.dumps(content).encode())
    write_whole(folder / "refs(umd).p", pickle.dumps(refs, protocol=2))
    return Gallery(folder, images, walls)


def write_retrieval(folder: Path, n: int, seed: int, *, images: Path | None = None) -> World:
    """Writes `n` unseen scenes with affirmative captions, as ``write_world`` does: a set for retrieval."""
    chance = random.Random(f"retrieval {seed}")
    return write_scenes(folder, unseen_scenes(n, seed), chance, prefix="unseen-", images=images)


def _scene(chance: random.Random, place: str, wanted: list[str], rest: list[str]) -> Scene:
    """One that shows what is wanted, and others of the rest up to a number that has nothing to do with it."""
    count = chance.choice(_COUNTS)
    kinds = [*wanted, *chance.sample(rest, count - len(wanted))]
    return draw_scene(chance, kinds=kinds, count=count, place=place)


def _painted(scene: Scene, kind: str, color: str) -> Scene:
    objects = (replace(thing, color=color) if thing.name == kind else thing for thing in scene.objects)
    return replace(scene, objects=tuple(objects))


def _ref(number: int, image: int, annotation: int, name: str, phrases: Sequence[str]) -> dict[str, Any]:
    sentences = [{"tokens": text.replace(",", " ,").split(), "raw": text, "sent": text} for text in phrases]
    return {
        "ref_id": number,
        "ann_id": annotation,
        "image_id": image,
        "category_id": 1,
        "split": "val",
        "file_name": name,
        "sentences": sentences,
    }


def _number_sentences(refs: Sequence[dict[str, Any]]) -> None:
    number = 0
    for ref in refs:
        for sentence in ref["sentences"]:
            sentence["sent_id"] = number
            number += 1
        ref["sent_ids"] = [sentence["sent_id"] for sentence in ref["sentences"]]
