"""The regions that a benchmark shows: a box grown to its surroundings, as far as the other boxes let it.

The rule is that of NegRefCOCOg, which was published as data only: it rebuilds 433 of its 440 items to the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from negdata.benchmark.regions import Box


def crops(boxes: Sequence[Box], size: tuple[int, int]) -> list[Box]:
    """The crop of each box beside the others, in pixels, in their order.

    A box (x, y, w, h) grows by its own width to either side and by its own height up and down, and is clipped to the
    image. Beside each other box (X, Y, W, H) it then keeps clear of it: where the two are separated on x, the edge
    that faces the other stops at the other's near edge; where on y alone, the same on y; where on both, the edge on y
    goes to Y + h if the other is below, and to Y + H - h if it is above. Boxes that overlap hold each other back
    nowhere.

    Args:
        boxes: inside the image, each with a width and a height above 0.
        size: the image's width and height.
    """
    return [_meet(box, [_crop(box, other, size) for other in _others(boxes, at)], size) for at, box in enumerate(boxes)]


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, from 0 to 1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    together = area(one) + area(other) - shared
    return shared / together if together > 0 else 0.0


def greatest_iou(boxes: Sequence[Box]) -> float:
    """The highest IoU of any two boxes."""
    return max((iou(one, other) for one, other in combinations(boxes, 2)), default=0.0)


def area(box: Box) -> float:
    """Width times height, in pixels."""
    return box[2] * box[3]


def _others(boxes: Sequence[Box], at: int) -> list[Box]:
    return [*boxes[:at], *boxes[at + 1 :]]


_Edges = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def _grown(box: Box, size: tuple[int, int]) -> _Edges:
    x, y, width, height = box
    return (
        max(0.0, x - width),
        max(0.0, y - height),
        min(float(size[0]), x + 2 * width),
        min(float(size[1]), y + 2 * height),
    )


def _crop(box: Box, other: Box, size: tuple[int, int]) -> _Edges:
    x, y, width, height = box
    other_x, other_y, other_width, other_height = other
    left, top, right, bottom = _grown(box, size)
    before, after = x + width <= other_x, other_x + other_width <= x
    above, below = y + height <= other_y, other_y + other_height <= y
    if before:
        right = min(right, other_x)
    elif after:
        left = max(left, other_x + other_width)
    if before or after:
        if above:
            bottom = min(float(size[1]), other_y + height)
        elif below:
            top = max(0.0, other_y + other_height - height)
    elif above:
        bottom = min(bottom, other_y)
    elif below:
        top = max(top, other_y + other_height)
    return left, top, right, bottom


def _meet(box: Box, found: Sequence[_Edges], size: tuple[int, int]) -> Box:
    """What all of the crops of one box, one for each other box, have in common."""
    edges = [_grown(box, size)] if not found else list(found)
    left, top = max(one[0] for one in edges), max(one[1] for one in edges)
    right, bottom = min(one[2] for one in edges), min(one[3] for one in edges)
    return left, top, right - left, bottom - top
