"""The images of a run, read and encoded on threads, each once for all the questions about it."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from negdata.images import Images
from negdata.pictures import BadImage, decode, decode_region
from negdata.sources.base import image_problem

if TYPE_CHECKING:
    from PIL.Image import Image

KEPT = 64
"""Images that stay encoded, so that all the questions about one find it, whatever order they come in."""
READERS = 4


_REGION = re.compile(r"(?P<name>.+)#xywh=(?P<box>[0-9.]+(?:,[0-9.]+){3})")


def region_name(name: str, box: tuple[float, float, float, float]) -> str:
    """The name under which ``Pictures`` has a region of an image, [x, y, width, height] in pixels of its file.

    It is written as W3C's media fragments are: ``photo.jpg#xywh=160,120,320,240``.
    """
    return f"{name}#xywh={','.join(f'{value:.2f}' for value in box)}"


class Pictures:
    """Encoded images, and regions of them, by their name.

    Args:
        images: where names are looked for.
        max_pixels: width times height, at most.
        encode: makes of a picture what the model is sent.
    """

    def __init__(self, images: Images, max_pixels: int, encode: Callable[[Image], bytes]) -> None:
        self._images = images
        self._max_pixels = max_pixels
        self._encode = encode
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="pictures")
        self._kept: OrderedDict[str, asyncio.Future[bytes]] = OrderedDict()

    async def get(self, name: str | None) -> bytes:
        """The encoded image; raises BadImage."""
        if name is None:
            raise BadImage("image-missing", "the record names no image")
        if name not in self._kept:
            self._kept[name] = asyncio.get_running_loop().run_in_executor(self._threads, self._read, name)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return await asyncio.shield(self._kept[name])

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._kept.clear()

    def _read(self, name: str) -> bytes:
        region = _REGION.fullmatch(name)
        file = region["name"] if region else name
        problem = image_problem(file, required=True)
        if problem is not None:
            raise BadImage("image-missing", problem)
        stored = self._images.read(file)
        if region is None:
            return self._encode(decode(stored.content, stored.where, max_pixels=self._max_pixels))
        x, y, width, height = map(float, region["box"].split(","))
        box = (x, y, width, height)
        return self._encode(decode_region(stored.content, stored.where, box, max_pixels=self._max_pixels))
