"""Where scenes are: what lies behind the objects, and which kinds of objects are found there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from negdata.demo.shapes import Rgb

HORIZON = 0.42
"""Of a picture's height from its top: where the ground begins."""
_Paint = Callable[[ImageDraw.ImageDraw, int, int], None]

_SKIES: tuple[tuple[Rgb, Rgb], ...] = (
    ((150, 200, 244), (216, 236, 252)),
    ((190, 200, 212), (226, 232, 238)),
    ((246, 190, 150), (252, 226, 196)),
)
LOOKS = len(_SKIES)
"""Ways in which each place is drawn."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place.

    Attributes:
        phrase: how a caption says that something is there: "on the beach".
        noun: what the picture is one of: "beach".
        kinds: of objects that are found there.
        paint: draws it, given a side in pixels and a look from 0 to ``LOOKS`` - 1.
    """

    phrase: str
    noun: str
    kinds: tuple[str, ...]
    paint: _Paint

    def draw(self, side: int, look: int) -> Image.Image:
        """The place without an object, RGB, `side` by `side` pixels."""
        return _painted(self.paint, side, look).copy()


@lru_cache(maxsize=64)
def _painted(paint: _Paint, side: int, look: int) -> Image.Image:
    image = Image.new("RGB", (side, side))
    paint(ImageDraw.Draw(image), side, look)
    return image


def _sky(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    above, below = _SKIES[look]
    end = round(side * HORIZON)
    for row in range(end):
        on.line((0, row, side, row), fill=_between(above, below, row / end))


def _ground(on: ImageDraw.ImageDraw, side: int, near: Rgb, far: Rgb) -> None:
    start = round(side * HORIZON)
    for row in range(start, side):
        on.line((0, row, side, row), fill=_between(far, near, (row - start) / (side - start)))


def _between(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _at(side: int, *shares: float) -> tuple[int, ...]:
    return tuple(round(share * side) for share in shares)


def _park(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    _sky(on, side, look)
    for left, top, right in ((-0.1, 0.34, 0.2), (0.12, 0.37, 0.45), (0.4, 0.33, 0.72), (0.66, 0.36, 1.1)):
        on.ellipse(_at(side, left, top, right, 0.52), fill=(132, 182, 122))
    for left, top in ((0.04, 0.2), (0.62, 0.17), (0.84, 0.22)):
        on.rectangle(_at(side, left + 0.05, top + 0.1, left + 0.07, 0.44), fill=(150, 124, 100))
        on.ellipse(_at(side, left, top, left + 0.12, top + 0.16), fill=(112, 168, 108))
    _ground(on, side, (150, 206, 120), (172, 216, 142))
    on.polygon(_at(side, 0.46, HORIZON, 0.52, HORIZON, 0.86, 1, 0.5, 1), fill=(226, 212, 176))


def _beach(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    _sky(on, side, look)
    on.rectangle(_at(side, 0, 0.3, 1, 0.6), fill=(92, 164, 204))
    for left, top in ((0.1, 0.36), (0.55, 0.34), (0.3, 0.43), (0.75, 0.45), (0.05, 0.5), (0.5, 0.52)):
        on.line(_at(side, left, top, left + 0.14, top), fill=(190, 222, 238), width=max(1, side // 110))
    on.polygon(_at(side, 0, 0.58, 0.3, 0.55, 0.65, 0.58, 1, 0.54, 1, 1, 0, 1), fill=(240, 246, 246))
    on.polygon(_at(side, 0, 0.6, 0.3, 0.57, 0.65, 0.6, 1, 0.56, 1, 1, 0, 1), fill=(240, 222, 174))


def _street(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    _sky(on, side, look)
    walls: tuple[Rgb, ...] = ((208, 178, 162), (188, 190, 202), (222, 206, 170), (180, 196, 184))
    for number, (left, top, right) in enumerate(((0, 0.1, 0.24), (0.24, 0.2, 0.5), (0.5, 0.06, 0.74), (0.74, 0.16, 1))):
        on.rectangle(_at(side, left, top, right, 0.46), fill=walls[(number + look) % len(walls)])
        for x in (left + 0.04, left + 0.14):
            for y in (top + 0.05, top + 0.15):
                on.rectangle(_at(side, x, y, x + 0.05, y + 0.06), fill=(236, 240, 244))
    on.rectangle(_at(side, 0, 0.44, 1, 0.54), fill=(214, 210, 204))
    on.rectangle(_at(side, 0, 0.54, 1, 1), fill=(164, 166, 170))
    for left in (0.04, 0.36, 0.68):
        on.rectangle(_at(side, left, 0.75, left + 0.2, 0.775), fill=(244, 244, 240))


def _kitchen(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    walls: tuple[Rgb, ...] = ((246, 232, 206), (222, 236, 234), (240, 222, 226))
    on.rectangle((0, 0, side, side), fill=walls[look])
    on.rectangle(_at(side, 0.62, 0.06, 0.94, 0.34), fill=(252, 252, 252))
    on.rectangle(_at(side, 0.64, 0.08, 0.92, 0.32), fill=(178, 216, 244))
    on.rectangle(_at(side, 0.77, 0.08, 0.79, 0.32), fill=(252, 252, 252))
    on.rectangle(_at(side, 0, HORIZON, 1, 0.47), fill=(166, 120, 82))
    on.rectangle(_at(side, 0, 0.47, 1, 0.62), fill=(212, 184, 150))
    for x in (0.25, 0.5, 0.75):
        on.line(_at(side, x, 0.47, x, 0.62), fill=(166, 120, 82), width=max(1, side // 110))
    for row in range(4):
        for column in range(8):
            tile = (232, 228, 220) if (row + column) % 2 else (206, 204, 200)
            left, top = column / 8, 0.62 + row * 0.1
            on.rectangle(_at(side, left, top, left + 0.125, top + 0.1), fill=tile)


def _field(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    _sky(on, side, look)
    on.polygon(_at(side, 0, 0.42, 0.25, 0.26, 0.55, 0.42), fill=(150, 164, 176))
    on.polygon(_at(side, 0.4, 0.42, 0.75, 0.2, 1.1, 0.42), fill=(166, 178, 190))
    _ground(on, side, (224, 208, 122), (206, 206, 136))
    for top in (0.52, 0.64, 0.78, 0.93):
        on.line(_at(side, 0, top, 1, top - 0.03), fill=(196, 184, 106), width=max(1, side // 90))
    for x in (0.06, 0.22, 0.38, 0.54, 0.7, 0.86):
        on.rectangle(_at(side, x, 0.38, x + 0.02, 0.47), fill=(150, 116, 84))
    on.rectangle(_at(side, 0, 0.405, 1, 0.42), fill=(150, 116, 84))


def _snow(on: ImageDraw.ImageDraw, side: int, look: int) -> None:
    _sky(on, side, look)
    on.polygon(_at(side, -0.1, 0.42, 0.2, 0.12, 0.5, 0.42), fill=(226, 234, 244))
    on.polygon(_at(side, 0.35, 0.42, 0.7, 0.18, 1.05, 0.42), fill=(214, 224, 238))
    _ground(on, side, (250, 252, 255), (232, 240, 248))
    flakes = (
        (7, 5),
        (19, 13),
        (33, 4),
        (47, 17),
        (61, 8),
        (76, 14),
        (91, 6),
        (13, 27),
        (28, 34),
        (52, 30),
        (83, 33),
        (95, 24),
    )
    for x, y in flakes:
        on.ellipse(_at(side, x / 100, y / 100, x / 100 + 0.016, y / 100 + 0.016), fill=(252, 253, 255))


PLACES: dict[str, Place] = {
    "park": Place(
        "in the park",
        "park",
        tuple("dog cat bird horse bicycle airplane bench umbrella hat ball kite flower book apple bottle".split()),
        _park,
    ),
    "beach": Place(
        "on the beach",
        "beach",
        tuple("dog bird fish horse airplane bicycle boat umbrella hat chair ball kite banana bottle book".split()),
        _beach,
    ),
    "street": Place(
        "on the street",
        "street",
        tuple("dog cat bird car bus bicycle airplane bench umbrella hat clock ball flower bottle apple".split()),
        _street,
    ),
    "kitchen": Place(
        "in the kitchen",
        "kitchen",
        tuple("dog cat fish chair clock ball apple banana flower cup bottle book hat umbrella".split()),
        _kitchen,
    ),
    "field": Place(
        "in the field",
        "field",
        tuple("dog cat bird horse sheep car bus bicycle airplane bench kite flower apple chair cup".split()),
        _field,
    ),
    "snow": Place(
        "in the snow",
        "snowy landscape",
        tuple("dog cat bird horse sheep car bus airplane bench chair hat ball cup".split()),
        _snow,
    ),
}
