"""Scenes: a few objects of known kinds, colours and doings at a place."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count as count_up

from PIL import Image, ImageDraw

from negdata.demo.pictograms import PICTOGRAMS
from negdata.demo.places import HORIZON, LOOKS, PLACES
from negdata.demo.shapes import Pictogram

SIDE = 224
KINDS = tuple(PICTOGRAMS)
MOST_OBJECTS = 3
# Drawn larger and averaged down: shapes at their own size would have ragged edges.
_SCALE = 2
# Few sizes, and places on a grid: a model learns in minutes what it would else need hours for.
_LARGE, _SMALL = (88, 96, 104), (72, 80)
_GRID = 8
_GAP = 4
_EDGE = 4
_ATTEMPTS = 5
"""At placing all objects, before they are drawn smaller."""
_LOWEST_GROUND = round(SIDE * HORIZON) + 32
"""Where the bottom of something that stands on the ground is, at least, in pixels from the top."""
_HIGHEST = 112
"""Where the bottom of something high up is, at most."""


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind the objects: a place, in one of its looks."""

    place: str
    look: int


@dataclass(frozen=True, slots=True)
class PlacedObject:
    """An object of a scene; `box` is left, top, width, height in pixels, `doing` is "" if it does nothing much."""

    name: str
    color: str
    doing: str
    box: tuple[int, int, int, int]
    flipped: bool

    @property
    def center(self) -> tuple[float, float]:
        left, top, width, height = self.box
        return left + width / 2, top + height / 2

    @property
    def side(self) -> str:
        """Where in the picture, by thirds: "left", "middle" or "right"."""
        return ("left", "middle", "right")[int(3 * self.center[0] / SIDE)]

    @property
    def pictogram(self) -> Pictogram:
        """What it looks like."""
        return PICTOGRAMS[self.name][self.doing]


@dataclass(frozen=True, slots=True)
class Scene:
    """Objects, no two of a kind and none over another, at a place."""

    objects: tuple[PlacedObject, ...]
    background: Background

    @property
    def present(self) -> frozenset[str]:
        """The names of all that is there."""
        return frozenset(thing.name for thing in self.objects)

    @property
    def place(self) -> str:
        """Where it is: "beach"."""
        return self.background.place

    def image(self) -> Image.Image:
        """The scene drawn, RGB."""
        image = PLACES[self.place].draw(SIDE * _SCALE, self.background.look)
        on = ImageDraw.Draw(image)
        for thing in sorted(self.objects, key=lambda one: one.box[1] + one.box[3]):
            left, top, width, height = (_SCALE * value for value in thing.box)
            thing.pictogram.draw(on, thing.color, (left, top, width, height), flipped=thing.flipped)
        return image.reduce(_SCALE)


def draw_scene(
    seed: int | random.Random, *, kinds: Sequence[str] = KINDS, count: int | None = None, place: str | None = None
) -> Scene:
    """A scene of 1 to 3 objects, or of `count`, taken from the kinds; the same seed gives the same scene anywhere.

    Args:
        place: where it is; one where enough of the kinds are found, if none is given and there is one.
    """
    chance = seed if isinstance(seed, random.Random) else random.Random(seed)
    wanted = chance.randint(1, MOST_OBJECTS) if count is None else count
    if not 1 <= wanted <= min(MOST_OBJECTS, len(kinds)):
        raise ValueError(f"a scene holds 1 to {MOST_OBJECTS} objects, each of another kind: {wanted} can't be placed")
    fitting = [name for name in PLACES if sum(kind in PLACES[name].kinds for kind in kinds) >= wanted]
    where = place or chance.choice(fitting or sorted(PLACES))
    found = [kind for kind in kinds if kind in PLACES[where].kinds]
    names = chance.sample(found if len(found) >= wanted else list(kinds), wanted)
    background = Background(where, chance.randrange(LOOKS))
    placed: list[PlacedObject] = []
    for attempt in count_up():
        placed = _place(chance, names, shrunk=_GRID * (attempt // _ATTEMPTS))
        if len(placed) == wanted:
            break
    return Scene(tuple(placed), background)


def _place(chance: random.Random, names: Sequence[str], *, shrunk: int) -> list[PlacedObject]:
    """The objects, smaller than usual by that many pixels, at places of their own; fewer where one found none."""
    placed: list[PlacedObject] = []
    for name in names:
        doing = chance.choice(list(PICTOGRAMS[name]))
        pictogram = PICTOGRAMS[name][doing]
        size = chance.choice(_SMALL if pictogram.small else _LARGE) - shrunk
        width, height = round(size * min(1.0, pictogram.aspect)), round(size / max(1.0, pictogram.aspect))
        free = [
            box
            for box in _boxes(width, height, high=pictogram.high)
            if not any(_touch(box, other.box) for other in placed)
        ]
        if not free:
            break
        placed.append(
            PlacedObject(name, chance.choice(pictogram.colors), doing, chance.choice(free), chance.random() < 0.5)
        )
    return placed


@lru_cache(maxsize=1024)
def _boxes(width: int, height: int, *, high: bool) -> list[tuple[int, int, int, int]]:
    """Where something of that size may be."""
    lowest, highest = (height + _EDGE, _HIGHEST) if high else (max(height + _EDGE, _LOWEST_GROUND), SIDE - _EDGE)
    return [
        (left, bottom - height, width, height)
        for left in range(_EDGE, SIDE - width - _EDGE + 1, _GRID)
        for bottom in range(lowest, highest + 1, _GRID)
    ]


def _touch(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return all(a[axis] < b[axis] + b[axis + 2] + _GAP and b[axis] < a[axis] + a[axis + 2] + _GAP for axis in (0, 1))
