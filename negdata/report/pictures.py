"""The images of a page: small copies that it holds, links to those beyond its limit, and why one can't be shown."""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import JsonValue

from negdata.images import Images
from negdata.pictures import BadImage, decode_turned, head_of, read_head
from negdata.sources.base import image_problem

if TYPE_CHECKING:
    from PIL.Image import Image

SIDES = ((640, 45_000), (480, 28_000), (320, 15_000))
"""Sides of small copies in pixels, and about how many bytes one takes on the page."""
_QUALITY = 76
_AT_ONCE = 64
_WORKERS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """An image on the page.

    Attributes:
        source: a data URL, or the path from the page; empty where it can't be shown, and ``why`` says why not.
        size: width and height of the upright image in its file.
        orientation: the EXIF orientation in which the file stores it; 1 for upright.
    """

    name: str
    source: str = ""
    size: tuple[int, int] = (0, 0)
    orientation: int = 1
    why: str = ""
    code: str = ""

    @property
    def linked(self) -> bool:
        return bool(self.source) and not self.source.startswith("data:")

    def to_json(self) -> dict[str, JsonValue]:
        """As the page's scripts read it."""
        if not self.source:
            return {"name": self.name, "why": self.why}
        return {"name": self.name, "src": self.source, "w": self.size[0], "h": self.size[1]}


class Pictures:
    """Every image that a page shows, each once, in the order in which it was first asked for.

    Args:
        images: where they are looked for, in this order.
        page: where the page will lie; links are relative to it.
        embed: bytes of small copies that the page holds at most. Of an image that is no file of this machine, and so
            can't be linked, it holds one whatever their size.
    """

    def __init__(self, images: Sequence[Images], page: Path, embed: int) -> None:
        self._images = images
        self._page = page
        self._embed = embed
        self._places: dict[str, int] = {}
        self.shown: list[Shown] = []

    def add(self, name: str | None) -> None:
        """Takes notice of an image that will be shown."""
        if name:
            self._places.setdefault(name, len(self._places))

    def place(self, name: str | None) -> int | None:
        """Where the image stands among ``shown``; None where the item names none."""
        return self._places.get(name) if name else None

    def of(self, name: str | None) -> Shown | None:
        """The image of this name, once ``settle`` was called."""
        place = self.place(name)
        return None if place is None else self.shown[place]

    def settle(self, on_image: Callable[[int, int], None] | None = None) -> None:
        """Finds and reads them all; ``on_image`` is told how many of how many are done."""
        names = list(self._places)
        side = self._side(len(names))
        left = self._embed
        with ThreadPoolExecutor(_WORKERS) as pool:
            # A window at a time, so that no more is decoded than fits.
            for batch in _batches(names, _AT_ONCE):
                looked = left > 0
                show = partial(self._look if looked else self._link, side=side)
                for one in list(pool.map(show, batch)):
                    if one.source.startswith("data:"):
                        if looked and len(one.source) > left:
                            left = 0
                            one = self._link(one.name, side)
                        else:
                            left = max(0, left - len(one.source))
                    self.shown.append(one)
                if on_image is not None:
                    on_image(len(self.shown), len(names))

    @property
    def embedded(self) -> int:
        """How many the page holds."""
        return sum(one.source.startswith("data:") for one in self.shown)

    @property
    def linked(self) -> int:
        """How many it names the path of."""
        return sum(one.linked for one in self.shown)

    @property
    def not_shown(self) -> dict[str, int]:
        """Why images can't be shown → how many."""
        return dict(Counter(one.code for one in self.shown if not one.source).most_common())

    def _side(self, number: int) -> int:
        """The largest side at which all of them fit; the smallest where they fit at none."""
        return next((side for side, size in SIDES if number * size <= self._embed), SIDES[-1][0])

    def _find(self, name: str) -> Images | Shown:
        """Those that have the image, or why none has."""
        problem = image_problem(name, required=True)
        if problem is not None:
            return Shown(name, why=f"This image is refused: {problem}.", code="refused")
        if not self._images:
            return Shown(name, why="No folder of images was given (--images).", code="no-folder")
        for images in self._images:
            if images.find(name) is not None:
                return images
        if any(_is_there(images.place, name) for images in self._images):
            return Shown(name, why="This image is refused: its name leads out of the image folder.", code="refused")
        return Shown(name, why="This image is not in the image folder.", code="image-missing")

    def _look(self, name: str, side: int) -> Shown:
        """The image with a small copy of it."""
        found = self._find(name)
        if isinstance(found, Shown):
            return found
        try:
            stored = found.read(name)
            picture, orientation = decode_turned(stored.content, stored.where, max_pixels=side * side)
            size, _ = head_of(stored.content, stored.where)
        except BadImage as bad:
            return _bad(name, bad)
        return Shown(name, _data_url(picture), size, orientation)

    def _link(self, name: str, side: int) -> Shown:
        """The image as it lies in its folder, whose head tells whether it is one; a small copy where it is no file."""
        found = self._find(name)
        if isinstance(found, Shown):
            return found
        file = found.path(name)
        if file is None:
            return self._look(name, side)
        try:
            size, orientation = read_head(file)
            path = os.path.relpath(file.resolve(), self._page.resolve().parent)
        except BadImage as bad:
            return _bad(name, bad)
        except ValueError:  # another drive
            return Shown(name, why="This image lies on another drive than the page.", code="another-drive")
        return Shown(name, quote(path.replace(os.sep, "/")), size, orientation)


def _bad(name: str, bad: BadImage) -> Shown:
    told = {
        "image-missing": "This image can't be read.",
        "image-empty": "The file of this image has no bytes.",
        "not-an-image": "This file is no image.",
        "image-broken": "This image is damaged.",
        "image-too-large": "This image is too large to be decoded.",
        "image-unreachable": "The storage of this image can't be reached.",
    }
    return Shown(name, why=told.get(bad.code, "This image can't be shown."), code=bad.code)


def _data_url(picture: Image) -> str:
    encoded = BytesIO()
    picture.save(encoded, "WEBP", quality=_QUALITY)
    return "data:image/webp;base64," + base64.b64encode(encoded.getvalue()).decode()


def _is_there(folder: Path, name: str) -> bool:
    try:
        return (folder / name).is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _batches(names: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(names)
    while batch := list(islice(left, size)):
        yield batch
