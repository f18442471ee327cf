"""The images of an export: found, known to decode, and handed on as the bytes they are."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from negdata.imagefiles import find_image
from negdata.pictures import BadImage, read_original
from negdata.publish.rows import Original

SUFFIXES = {
    "JPEG": "jpg",
    "MPO": "jpg",
    "PNG": "png",
    "GIF": "gif",
    "WEBP": "webp",
    "BMP": "bmp",
    "TIFF": "tif",
    "PPM": "ppm",
    "JPEG2000": "jp2",
    "AVIF": "avif",
}
"""By Pillow's names; MPO is JPEG with further pictures behind the first."""
_KEPT = 4
"""An image's records mostly stand together."""


class Originals:
    """The files of a folder, the last few kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[str, Original] = OrderedDict()

    def get(self, name: str | None) -> Original:
        """The image of this name; raises BadImage where there is none that decodes."""
        if not name:
            raise BadImage("image-missing", "the record names no image")
        if name not in self._kept:
            path = find_image(self._folder, name)
            if path is None:
                raise BadImage("image-missing", f"no file below {self._folder} is the image {name}")
            content, file_format = read_original(path)
            self._kept[name] = Original(content, SUFFIXES.get(file_format, file_format.lower()))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[name]
