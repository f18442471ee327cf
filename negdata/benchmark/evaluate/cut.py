"""Cuts a view out of a picture, as published evaluators do: ``image.crop((x, y, x + w, y + h))``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import View
from negdata.pictures import BadImage

if TYPE_CHECKING:
    from PIL.Image import Image

SLACK = 1
"""Pixels by which a box may leave its image, as rounded coordinates do; Pillow fills them with black."""
_SIDEWAYS = 5
"""From this EXIF orientation on, width and height change places."""
Corners = tuple[int, int, int, int]


def cut(picture: Image, view: View, orientation: int) -> Image:
    """What a view shows.

    Boxes are in pixels of the file as it is stored, since the tools that people draw and publish boxes with don't turn
    images; where the view says that its image was upright when the box was drawn, in pixels of the upright image. What
    is cut out is upright.

    Args:
        picture: upright.
        view: the view, of this picture.
        orientation: the EXIF orientation in which the file stores the picture; 1 for upright.

    Raises:
        BadImage: ``image-size`` where the image is not of the size that the box was drawn on, ``region-outside`` or
            ``region-empty`` where there is nothing to cut.
    """
    if view.box is None:
        return picture
    stored = picture.size if orientation < _SIDEWAYS else (picture.height, picture.width)
    if view.size is not None and view.size != stored:
        if view.size != picture.size:
            raise BadImage("image-size", f"{view.image} is {_by(stored)}, and its box was drawn on {_by(view.size)}")
        stored, orientation = picture.size, 1
    corners = _corners(view, view.box, stored)
    return picture.crop(corners if orientation == 1 else _turned(corners, stored, orientation))


def upright_box(box: Box, view: View, size: tuple[int, int], orientation: int) -> Box:
    """A box of a view's image as it lies in the upright picture, wherever that is.

    Args:
        size: width and height of the upright picture.
        orientation: as for ``cut``.
    """
    stored = size if orientation < _SIDEWAYS else (size[1], size[0])
    if orientation == 1 or (view.size is not None and view.size != stored and view.size == size):
        return box
    x, y, width, height = box
    left, upper, right, lower = _turned((x, y, x + width, y + height), stored, orientation)
    return left, upper, right - left, lower - upper


def _corners(view: View, box: Box, size: tuple[int, int]) -> Corners:
    x, y, width, height = box
    inside = x >= -SLACK and y >= -SLACK and x + width <= size[0] + SLACK and y + height <= size[1] + SLACK
    if not inside or not all(map(math.isfinite, box)):
        raise BadImage("region-outside", f"the box {list(box)} leaves {view.image}, which is {_by(size)}")
    left, upper, right, lower = round(x), round(y), round(x + width), round(y + height)
    if left >= right or upper >= lower:
        raise BadImage("region-empty", f"the box {list(box)} of {view.image} holds no pixel")
    return left, upper, right, lower


def _turned(corners: Box, stored: tuple[int, int], orientation: int) -> Box:
    """Corners in the stored image as they are in the upright one."""
    width, height = stored
    points = []
    for x, y in (corners[:2], corners[2:]):
        if orientation in (2, 3, 7, 8):
            x = width - x
        if orientation in (3, 4, 6, 7):
            y = height - y
        points.append((y, x) if orientation >= _SIDEWAYS else (x, y))
    (one_x, one_y), (other_x, other_y) = points
    return min(one_x, other_x), min(one_y, other_y), max(one_x, other_x), max(one_y, other_y)


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]:,} x {size[1]:,} pixels"
