"""Pictograms: a few plain shapes on a grid, in a colour that is chosen when they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import ImageDraw

Rgb = tuple[int, int, int]
Form = Literal["ellipse", "polygon", "line", "ring", "dome"]
Ink = Literal["body", "shade", "light", "dark", "leaf", "wood", "gold", "red"]

COLORS: dict[str, Rgb] = {
    "white": (250, 250, 248),
    "red": (214, 48, 44),
    "blue": (48, 96, 208),
    "green": (52, 150, 72),
    "yellow": (238, 200, 40),
    "purple": (138, 68, 172),
    "brown": (138, 88, 48),
    "gray": (128, 132, 138),
    "black": (48, 48, 54),
}
PAINTED = ("red", "blue", "green", "yellow", "purple", "brown", "gray", "black")
FURRED = ("brown", "gray", "black", "white")
BOLD = ("red", "blue", "green", "yellow", "purple")
WOOLLY = ("white", "gray", "black", "brown")
_INKS: dict[str, Rgb] = {
    "dark": (30, 30, 34),
    "leaf": (60, 150, 60),
    "wood": (110, 72, 40),
    "gold": (240, 180, 30),
    "red": (224, 84, 96),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape on a grid of 100 by 100.

    Attributes:
        points: x and y in turn; a box's two corners for an ellipse, a ring (only its line) and a dome (its upper half).
        width: how thick a line or a ring is.
    """

    form: Form
    ink: Ink
    points: tuple[int, ...]
    width: int = 0


@dataclass(frozen=True, slots=True)
class Pictogram:
    """What something looks like.

    Attributes:
        shapes: drawn in turn.
        colors: that it comes in.
        small: whether it is drawn small.
        high: whether it is up in the air or on the wall, rather than on the ground.
    """

    shapes: tuple[Shape, ...]
    colors: tuple[str, ...] = PAINTED
    small: bool = False
    high: bool = False

    @property
    def extent(self) -> tuple[int, int, int, int]:
        """The smallest box on the grid that holds every shape: left, top, right, bottom."""
        edges = [_extent(shape) for shape in self.shapes]
        lefts, tops, rights, bottoms = zip(*edges, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    @property
    def aspect(self) -> float:
        """Width over height."""
        left, top, right, bottom = self.extent
        return (right - left) / (bottom - top)

    def draw(self, on: ImageDraw.ImageDraw, color: str, box: tuple[int, int, int, int], *, flipped: bool) -> None:
        """Fills the box (left, top, width, height) in pixels, mirrored left to right if flipped."""
        left, top, right, bottom = self.extent
        scale_x, scale_y = box[2] / (right - left), box[3] / (bottom - top)
        outline = max(1, round(2 * scale_y))
        for shape in self.shapes:
            xs = [(right - x if flipped else x - left) * scale_x + box[0] for x in shape.points[::2]]
            ys = [(y - top) * scale_y + box[1] for y in shape.points[1::2]]
            points = [(round(x), round(y)) for x, y in zip(xs, ys, strict=True)]
            width = max(1, round(shape.width * scale_y))
            _draw(on, shape.form, points, _paint(shape.ink, color), width=width, outline=outline)


def _extent(shape: Shape) -> tuple[int, int, int, int]:
    xs, ys = shape.points[::2], shape.points[1::2]
    # A ring's line lies inside its box; only a line is thicker than its points.
    margin = shape.width // 2 if shape.form == "line" else 0
    bottom = (min(ys) + max(ys)) // 2 if shape.form == "dome" else max(ys) + margin
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, bottom


def _paint(ink: Ink, color: str) -> Rgb:
    red, green, blue = COLORS[color]
    if ink == "body":
        return red, green, blue
    if ink == "shade":
        return red * 13 // 20, green * 13 // 20, blue * 13 // 20
    if ink == "light":
        return 255 - (255 - red) // 4, 255 - (255 - green) // 4, 255 - (255 - blue) // 4
    return _INKS[ink]


def _draw(
    on: ImageDraw.ImageDraw, form: Form, points: list[tuple[int, int]], paint: Rgb, *, width: int, outline: int
) -> None:
    if form == "polygon":
        on.polygon(points, fill=paint, outline=_INKS["dark"], width=outline)
        return
    if form == "line":
        on.line(points, fill=paint, width=width, joint="curve")
        return
    (x0, y0), (x1, y1) = points
    corners = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    if form == "ring":
        on.ellipse(corners, outline=paint, width=width)
    elif form == "dome":
        on.chord(corners, 180, 360, fill=paint, outline=_INKS["dark"], width=outline)
    else:
        on.ellipse(corners, fill=paint, outline=_INKS["dark"], width=outline)


def ellipse(ink: Ink, *corners: int) -> Shape:
    return Shape("ellipse", ink, corners)


def polygon(ink: Ink, *points: int) -> Shape:
    return Shape("polygon", ink, points)


def box(ink: Ink, left: int, top: int, right: int, bottom: int) -> Shape:
    return Shape("polygon", ink, (left, top, right, top, right, bottom, left, bottom))


def line(ink: Ink, width: int, *points: int) -> Shape:
    return Shape("line", ink, points, width)


def ring(ink: Ink, width: int, *corners: int) -> Shape:
    return Shape("ring", ink, corners, width)
