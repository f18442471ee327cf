"""The images of an export: found, known to decode, and handed on as the bytes they are."""

from __future__ import annotations

from collections import OrderedDict

from negdata.images import Images
from negdata.pictures import BadImage, format_of
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
    """The files of images, the last few kept."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._kept: OrderedDict[str, Original] = OrderedDict()

    def get(self, name: str | None) -> Original:
        """The image of this name; raises BadImage where there is none that decodes."""
        if not name:
            raise BadImage("image-missing", "the record names no image")
        if name not in self._kept:
            stored = self._images.read(name)
            file_format = format_of(stored.content, stored.where)
            self._kept[name] = Original(stored.content, SUFFIXES.get(file_format, file_format.lower()))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[name]
