"""Scenes: a few objects of known kinds, colours and places on a background."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from negdata.demo.pictograms import PICTOGRAMS, Rgb
from negdata.grammar.nouns import article

SIDE = 112
KINDS = tuple(PICTOGRAMS)
MOST_OBJECTS = 4
# Drawn larger and averaged down: shapes at their own size would have ragged edges.
_SCALE = 4
# Few sizes, and places on a grid: a model learns in minutes what it would else need hours for.
_SIZES = (32, 40, 48)
_GRID = 8
_GAP = 2
_TRIES = 200

BACKGROUNDS: dict[str, Rgb] = {
    "white": (250, 250, 250),
    "beige": (240, 228, 206),
    "light blue": (206, 226, 246),
    "light green": (212, 238, 212),
    "pink": (248, 216, 226),
    "light gray": (224, 226, 230),
}


@dataclass(frozen=True, slots=True)
class Background:
    """What lies behind the objects: `color` shades into `second` or alternates with it, unless plain."""

    pattern: Literal["plain", "gradient", "striped"]
    color: str
    second: str


@dataclass(frozen=True, slots=True)
class PlacedObject:
    """An object of a scene; `box` is left, top, width, height in pixels."""

    name: str
    color: str
    box: tuple[int, int, int, int]
    flipped: bool

    @property
    def center(self) -> tuple[float, float]:
        left, top, width, height = self.box
        return left + width / 2, top + height / 2

    @property
    def position(self) -> str:
        """Where in the image: "top left", "left", "center" and so on, by thirds."""
        across, down = (int(3 * value / SIDE) for value in self.center)
        words = f"{('top', '', 'bottom')[down]} {('left', '', 'right')[across]}".strip()
        return words or "center"


@dataclass(frozen=True, slots=True)
class Scene:
    """Objects, no two of a kind and none over another, on a background."""

    objects: tuple[PlacedObject, ...]
    background: Background

    @property
    def present(self) -> frozenset[str]:
        """The names of all that is there."""
        return frozenset(thing.name for thing in self.objects)

    def image(self) -> Image.Image:
        """The scene drawn, RGB."""
        image = _backdrop(self.background, SIDE * _SCALE)
        on = ImageDraw.Draw(image)
        for thing in self.objects:
            left, top, width, height = (_SCALE * value for value in thing.box)
            PICTOGRAMS[thing.name].draw(on, thing.color, (left, top, width, height), flipped=thing.flipped)
        return image.reduce(_SCALE)

    def caption(self, number: int = 0) -> str:
        """A true sentence about the scene; its number picks the form and the object that comes first.

        Forms 0 and 1 name every object, with colours and without; the others name one or two.
        """
        form, turn = number % 5, number // 5 % len(self.objects)
        things = self.objects[turn:] + self.objects[:turn]
        first = things[0]
        if form == 0:
            return f"{_capital(_listed([_noun(thing, colored=True) for thing in things]))}."
        if form == 1:
            return f"A picture of {_listed([_noun(thing) for thing in things])}."
        if form == 2:
            return f"{_capital(_noun(first, colored=True))} on {_with_article(self.background.color)} background."
        if form == 3 and len(things) > 1:
            return f"{_capital(_noun(first))} {_relation(first, things[1])} {_noun(things[1])}."
        return f"There is {_noun(first, colored=form == 4)} at the {first.position} of the picture."


def draw_scene(seed: int | random.Random, *, kinds: Sequence[str] = KINDS, count: int | None = None) -> Scene:
    """A scene of 1 to 4 objects, or of `count`, taken from the kinds; the same seed gives the same scene anywhere."""
    chance = seed if isinstance(seed, random.Random) else random.Random(seed)
    wanted = chance.randint(1, MOST_OBJECTS) if count is None else count
    if not 1 <= wanted <= min(MOST_OBJECTS, len(kinds)):
        raise ValueError(f"a scene holds 1 to {MOST_OBJECTS} objects, each of another kind: {wanted} can't be placed")
    names = chance.sample(list(kinds), wanted)
    color, second = chance.sample(list(BACKGROUNDS), 2)
    background = Background(chance.choice(("plain", "gradient", "striped")), color, second)
    placed: list[PlacedObject] = []
    while len(placed) < wanted:
        placed = _place(chance, names)
    return Scene(tuple(placed), background)


def _place(chance: random.Random, names: Sequence[str]) -> list[PlacedObject]:
    """The objects at places of their own; fewer where one found none."""
    placed: list[PlacedObject] = []
    for name in names:
        pictogram = PICTOGRAMS[name]
        for _ in range(_TRIES):
            size = chance.choice(_SIZES)
            width, height = round(size * min(1.0, pictogram.aspect)), round(size / max(1.0, pictogram.aspect))
            left, top = (chance.randrange(0, SIDE - extent + 1, _GRID) for extent in (width, height))
            box = (left, top, width, height)
            if not any(_touch(box, other.box) for other in placed):
                placed.append(PlacedObject(name, chance.choice(pictogram.colors), box, chance.random() < 0.5))
                break
    return placed


def _touch(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return all(a[axis] < b[axis] + b[axis + 2] + _GAP and b[axis] < a[axis] + a[axis + 2] + _GAP for axis in (0, 1))


def _backdrop(background: Background, side: int) -> Image.Image:
    first, second = BACKGROUNDS[background.color], BACKGROUNDS[background.second]
    image = Image.new("RGB", (side, side), first)
    if background.pattern == "plain":
        return image
    on = ImageDraw.Draw(image)
    if background.pattern == "gradient":
        for row in range(side):
            mixed = [(a * (side - 1 - row) + b * row) // (side - 1) for a, b in zip(first, second, strict=True)]
            on.line((0, row, side, row), fill=(mixed[0], mixed[1], mixed[2]))
    else:
        band = side // 8
        for top in range(band, side, 2 * band):
            on.rectangle((0, top, side, top + band - 1), fill=second)
    return image


def _relation(a: PlacedObject, b: PlacedObject) -> str:
    across, down = (mine - its for mine, its in zip(a.center, b.center, strict=True))
    if abs(across) >= abs(down):
        return "to the left of" if across < 0 else "to the right of"
    return "above" if down < 0 else "below"


def _noun(thing: PlacedObject, *, colored: bool = False) -> str:
    return _with_article(f"{thing.color} {thing.name}" if colored else thing.name)


def _with_article(words: str) -> str:
    return f"{article(words)} {words}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
