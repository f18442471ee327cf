"""What the world's objects look like: every kind is a few plain shapes in a colour of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import ImageDraw

Rgb = tuple[int, int, int]
Form = Literal["ellipse", "polygon", "line", "ring", "dome"]
Ink = Literal["body", "shade", "light", "dark", "leaf", "wood", "gold"]

COLORS: dict[str, Rgb] = {
    "red": (214, 48, 44),
    "blue": (48, 96, 208),
    "green": (52, 150, 72),
    "yellow": (238, 200, 40),
    "purple": (138, 68, 172),
    "brown": (138, 88, 48),
    "gray": (128, 132, 138),
    "black": (48, 48, 54),
}
_PAINTED = ("red", "blue", "green", "yellow", "purple", "brown", "gray", "black")
_FURRED = ("brown", "gray", "black", "yellow")
_INKS: dict[str, Rgb] = {"dark": (30, 30, 34), "leaf": (60, 150, 60), "wood": (110, 72, 40), "gold": (240, 180, 30)}


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
    """A kind of object: its shapes, drawn in turn, and the colours it comes in."""

    shapes: tuple[Shape, ...]
    colors: tuple[str, ...] = _PAINTED

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


def _ellipse(ink: Ink, *corners: int) -> Shape:
    return Shape("ellipse", ink, corners)


def _polygon(ink: Ink, *points: int) -> Shape:
    return Shape("polygon", ink, points)


def _box(ink: Ink, left: int, top: int, right: int, bottom: int) -> Shape:
    return Shape("polygon", ink, (left, top, right, top, right, bottom, left, bottom))


def _line(ink: Ink, width: int, *points: int) -> Shape:
    return Shape("line", ink, points, width)


def _ring(ink: Ink, width: int, *corners: int) -> Shape:
    return Shape("ring", ink, corners, width)


PICTOGRAMS: dict[str, Pictogram] = {
    "dog": Pictogram(
        (
            _line("body", 8, 20, 48, 6, 22),
            *(_box("body", x, 60, x + 9, 96) for x in (20, 33, 58, 70)),
            _ellipse("body", 14, 38, 82, 74),
            _ellipse("body", 64, 12, 96, 48),
            _ellipse("body", 82, 24, 104, 44),
            _ellipse("shade", 62, 14, 76, 46),
            _ellipse("dark", 82, 20, 88, 26),
            _ellipse("dark", 98, 28, 105, 35),
        ),
        _FURRED,
    ),
    "cat": Pictogram(
        (
            _line("body", 8, 62, 94, 90, 88, 94, 62),
            _ellipse("body", 26, 42, 74, 100),
            _polygon("body", 24, 32, 22, 0, 46, 14),
            _polygon("body", 76, 32, 78, 0, 54, 14),
            _ellipse("body", 22, 8, 78, 56),
            *(_ellipse("gold", x, 22, x + 12, 36) for x in (34, 54)),
            *(_ellipse("dark", x, 24, x + 4, 34) for x in (38, 58)),
            _polygon("dark", 46, 40, 54, 40, 50, 45),
            *(_line("dark", 2, *points) for points in ((44, 44, 10, 38), (44, 46, 10, 50))),
            *(_line("dark", 2, *points) for points in ((56, 44, 90, 38), (56, 46, 90, 50))),
        ),
        _FURRED,
    ),
    "bird": Pictogram(
        (
            *(_line("gold", 4, x, 72, x, 92, x + 8, 92) for x in (40, 54)),
            _polygon("shade", 24, 52, 0, 40, 0, 62, 26, 66),
            _ellipse("body", 16, 32, 76, 80),
            _ellipse("body", 58, 10, 90, 44),
            _polygon("gold", 88, 20, 108, 28, 88, 34),
            _polygon("shade", 28, 46, 62, 46, 34, 74),
            _ellipse("dark", 74, 20, 80, 26),
        ),
    ),
    "fish": Pictogram(
        (
            _polygon("shade", 26, 50, 0, 24, 0, 76),
            _polygon("shade", 46, 30, 66, 12, 74, 30),
            _ellipse("body", 18, 24, 100, 76),
            *(_line("light", 5, x, 32, x, 68) for x in (46, 58)),
            _polygon("shade", 50, 52, 40, 66, 62, 60),
            _ellipse("light", 78, 38, 90, 50),
            _ellipse("dark", 82, 42, 87, 47),
        ),
    ),
    "car": Pictogram(
        (
            _polygon("body", 22, 44, 36, 18, 72, 18, 86, 44),
            _box("body", 4, 42, 108, 70),
            _polygon("light", 30, 42, 40, 24, 52, 24, 52, 42),
            _polygon("light", 57, 42, 57, 24, 69, 24, 78, 42),
            _ellipse("gold", 100, 48, 108, 56),
            *(_ellipse("dark", x, 56, x + 26, 82) for x in (16, 70)),
            *(_ellipse("light", x, 64, x + 10, 74) for x in (24, 78)),
        ),
    ),
    "bicycle": Pictogram(
        (
            *(_ring("dark", 5, x, 44, x + 44, 88) for x in (0, 66)),
            _line("body", 6, 22, 66, 44, 34, 78, 34, 52, 66, 22, 66),
            _line("body", 6, 40, 26, 52, 66),
            _line("body", 6, 74, 20, 88, 66),
            _line("dark", 6, 30, 24, 50, 24),
            _line("dark", 5, 70, 20, 86, 16),
        ),
    ),
    "boat": Pictogram(
        (
            _line("wood", 5, 50, 4, 50, 72),
            _polygon("light", 54, 8, 54, 62, 92, 62),
            _polygon("shade", 46, 16, 46, 62, 16, 62),
            _polygon("body", 0, 68, 104, 68, 84, 96, 20, 96),
        ),
    ),
    "umbrella": Pictogram(
        (
            _line("wood", 5, 50, 8, 50, 92, 58, 98, 66, 92, 66, 86),
            Shape("dome", "body", (0, 6, 100, 98)),
            Shape("dome", "light", (34, 6, 66, 98)),
            _line("dark", 3, 50, 0, 50, 8),
        ),
    ),
    "hat": Pictogram(
        (
            _ellipse("body", 0, 56, 104, 84),
            _polygon("body", 24, 68, 30, 16, 74, 16, 80, 68),
            _polygon("light", 24, 68, 26, 52, 78, 52, 80, 68),
        ),
    ),
    "chair": Pictogram(
        (
            *(_box("shade", x, 50, x + 7, 100) for x in (14, 66)),
            *(_box("body", x, 0, x + 8, 60) for x in (10, 30, 50)),
            _box("body", 8, 0, 60, 10),
            _box("body", 6, 52, 78, 64),
            *(_box("body", x, 60, x + 8, 106) for x in (6, 70)),
        ),
    ),
    "clock": Pictogram(
        (
            *(_polygon("shade", *points) for points in ((20, 84, 14, 104, 30, 92), (80, 84, 86, 104, 70, 92))),
            *(_ellipse("shade", x, 0, x + 26, 24) for x in (12, 62)),
            _ellipse("body", 4, 6, 96, 98),
            _ellipse("light", 18, 20, 82, 84),
            _line("dark", 6, 50, 30, 50, 52, 68, 60),
            *(_line("dark", 4, *points) for points in ((50, 22, 50, 27), (50, 77, 50, 82))),
            *(_line("dark", 4, *points) for points in ((20, 52, 25, 52), (75, 52, 80, 52))),
        ),
    ),
    "ball": Pictogram(
        (
            _ellipse("body", 0, 0, 100, 100),
            _ellipse("light", 34, 1, 66, 99),
            _line("dark", 3, 2, 50, 98, 50),
            _ellipse("gold", 40, 40, 60, 60),
        ),
    ),
    "kite": Pictogram(
        (
            _line("dark", 3, 50, 70, 42, 82, 58, 94, 46, 108),
            *(_polygon("light", x, y - 5, x, y + 5, x + 14, y - 5, x + 14, y + 5) for x, y in ((38, 84), (46, 98))),
            _polygon("body", 50, 0, 90, 30, 50, 74, 10, 30),
            _polygon("light", 50, 0, 90, 30, 50, 30),
            _polygon("light", 10, 30, 50, 30, 50, 74),
        ),
    ),
    "apple": Pictogram(
        (
            _polygon(
                "body",
                *(50, 34, 62, 26, 80, 26, 96, 42, 98, 62, 88, 86, 70, 98, 58, 96),
                *(50, 92, 42, 96, 30, 98, 12, 86, 2, 62, 4, 42, 20, 26, 38, 26),
            ),
            _line("wood", 6, 50, 36, 54, 6),
            _ellipse("leaf", 56, 4, 88, 20),
            _ellipse("light", 14, 40, 28, 58),
        ),
        ("red", "green", "yellow"),
    ),
    "banana": Pictogram(
        (
            _polygon("body", 4, 14, 14, 8, 30, 44, 58, 64, 94, 66, 100, 78, 66, 90, 30, 78, 10, 48),
            _line("shade", 4, 13, 22, 26, 54, 56, 74, 88, 74),
            _polygon("dark", 2, 14, 4, 2, 14, 0, 16, 10),
            _polygon("dark", 94, 66, 104, 68, 104, 78, 98, 80),
        ),
        ("yellow", "green", "brown"),
    ),
    "flower": Pictogram(
        (
            _line("leaf", 6, 50, 50, 50, 104),
            _ellipse("leaf", 52, 76, 84, 90),
            *(_ellipse("body", x, y, x + 30, y + 30) for x, y in ((35, 0), (60, 18), (50, 46), (20, 46), (10, 18))),
            _ellipse("gold", 36, 26, 64, 54),
        ),
    ),
}
