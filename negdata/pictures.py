"""Decodes image files that nobody vouches for: broken, huge, rotated, in any colour mode, or no images at all.

What comes out is the picture as a person would see it, in 8-bit RGB. Never a substitute: what can't be read is a
``BadImage``, which fails its record and no other.
"""

from __future__ import annotations

import stat
import threading
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negdata.errors import RecordFailure

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_FILE_BYTES = 256 << 20
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
"""What is decoded: formats of photographs, none that runs another program or follows another file."""
JPEG_QUALITY = 95
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_ALL_PIXELS = 1 << 40
"""More than any picture has: nothing is shrunk."""
_WITH_ALPHA = ("RGBA", "RGBa", "LA", "La", "PA")
# Filters of warnings belong to the process: two threads that change them at once could leave them changed.
_opening = threading.Lock()


class BadImage(RecordFailure):
    """An image that can't be shown to a model; ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_content(path: Path) -> bytes:
    """The bytes of an image file of this machine.

    Raises:
        BadImage: ``image-missing``, ``image-empty`` or ``image-too-large``.
    """
    _check_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise BadImage("image-missing", f"{path} can't be read: {_first_line(error)}") from error
    check_size(len(content), str(path))  # it may have grown since
    return content


def check_size(size: int, where: str) -> None:
    """Raises BadImage where a file has no bytes (``image-empty``) or more than are read (``image-too-large``)."""
    if size == 0:
        raise BadImage("image-empty", f"{where} has no bytes")
    if size > MOST_FILE_BYTES:
        raise BadImage("image-too-large", f"{where} has {size:,} bytes; at most {MOST_FILE_BYTES:,} are read")


def decode(content: bytes, where: str, *, max_pixels: int) -> Image:
    """The picture in a file of this content: first frame, upright, RGB, shrunk to ``max_pixels`` at most.

    Transparency is laid over white; 16 bits a channel become 8.

    Args:
        content: of the whole file.
        where: what errors call the file.
        max_pixels: width times height.

    Raises:
        BadImage: ``image-empty``, ``not-an-image``, ``image-broken`` or ``image-too-large`` (in bytes, or above
            Pillow's limit for decompression bombs).
    """
    return decode_turned(content, where, max_pixels=max_pixels)[0]


def decode_turned(content: bytes, where: str, *, max_pixels: int) -> tuple[Image, int]:
    """The picture as ``decode`` gives it, and the EXIF orientation in which the file stores it: 1 for upright.

    Raises:
        BadImage: as there.
    """
    from PIL import ExifTags, Image, ImageOps

    check_size(len(content), where)
    try:
        with _open(BytesIO(content), where) as file:
            _shrink_while_decoding(file, max_pixels)
            file.load()
            orientation: Any = file.getexif().get(ExifTags.Base.Orientation)
            upright = ImageOps.exif_transpose(file)
            picture = _shrunk(_rgb(upright), max_pixels)
    except BadImage:
        raise
    except Image.DecompressionBombError as error:
        raise BadImage("image-too-large", f"{where} is not decoded: {_first_line(error)}") from error
    except Exception as error:  # decoders raise nearly anything on hostile bytes
        raise BadImage("image-broken", f"{where} can't be decoded: {_first_line(error)}") from error
    return picture, orientation if orientation in range(1, 9) else 1


def decode_region(content: bytes, where: str, box: tuple[float, float, float, float], *, max_pixels: int) -> Image:
    """A region of the picture in a file, [x, y, width, height] in its pixels, shrunk to ``max_pixels`` at most.

    Raises:
        BadImage: as ``decode``, and ``region-outside`` where the picture doesn't hold the region.
    """
    picture = decode(content, where, max_pixels=_ALL_PIXELS)
    x, y, width, height = box
    inside = x >= -1 and y >= -1 and x + width <= picture.width + 1 and y + height <= picture.height + 1
    if not inside or width < 1 or height < 1:
        raise BadImage("region-outside", f"{where} has {picture.width} x {picture.height} pixels, and no region {box}")
    return _shrunk(picture.crop((round(x), round(y), round(x + width), round(y + height))), max_pixels)


def format_of(content: bytes, where: str) -> str:
    """The format of a file, ``JPEG``, ``PNG`` …, once the whole picture in it is known to decode.

    Raises:
        BadImage: as ``decode``.
    """
    decode_turned(content, where, max_pixels=_ALL_PIXELS)
    with _open(BytesIO(content), where) as file:
        return str(file.format)


def head_of(content: bytes, where: str) -> tuple[tuple[int, int], int]:
    """Width and height of the upright picture in a file, and the EXIF orientation in which the file stores it.

    Raises:
        BadImage: as ``decode``; but pixels aren't looked at, and may be damaged.
    """
    check_size(len(content), where)
    return _head(BytesIO(content), where)


def read_head(path: Path) -> tuple[tuple[int, int], int]:
    """``head_of`` a file of this machine, of which no more than the head is read.

    Raises:
        BadImage: as there, and ``image-missing``.
    """
    _check_file(path)
    return _head(path, str(path))


def as_jpeg(picture: Image) -> bytes:
    """The picture encoded for a server."""
    encoded = BytesIO()
    picture.save(encoded, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return encoded.getvalue()


def as_ppm(picture: Image) -> bytes:
    """The picture as its bare pixels with a short head, for a model in this process: nothing lost, nothing packed."""
    width, height = picture.size
    return b"P6 %d %d 255\n" % (width, height) + picture.tobytes()


def _check_file(path: Path) -> None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadImage("image-missing", f"{path} doesn't exist") from error
    except (OSError, ValueError) as error:
        raise BadImage("image-missing", f"{path} can't be read: {_first_line(error)}") from error
    if not stat.S_ISREG(found.st_mode):
        raise BadImage("image-missing", f"{path} is no plain file")
    check_size(found.st_size, str(path))


def _head(source: Path | BytesIO, where: str) -> tuple[tuple[int, int], int]:
    from PIL import ExifTags

    with _open(source, where) as file:
        width, height = file.size
        try:
            orientation: Any = file.getexif().get(ExifTags.Base.Orientation)
        except Exception:  # decoders raise nearly anything on hostile bytes
            orientation = 1
    if orientation not in range(1, 9):
        orientation = 1
    return ((height, width) if orientation >= 5 else (width, height)), orientation


def _open(source: Path | BytesIO, where: str) -> Image:
    from PIL import Image, UnidentifiedImageError

    Image.init()  # the formats are known by name only once they are loaded
    try:
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Pillow before 11.3 knows no AVIF, and takes no name that it doesn't know.
            file = Image.open(source, formats=[name for name in FORMATS if name in Image.OPEN])
    except UnidentifiedImageError as error:
        start = source.getvalue()[:24] if isinstance(source, BytesIO) else _start(source)
        raise BadImage("not-an-image", f"{where} is no image that can be read: it begins with {start!r}") from error
    width, height = file.size
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > limit:
        file.close()
        raise BadImage("image-too-large", f"{where} has {width:,} x {height:,} pixels; at most {limit:,} are decoded")
    return file


def _start(path: Path) -> bytes:
    with path.open("rb") as plain:
        return plain.read(24)


def _shrink_while_decoding(file: Image, max_pixels: int) -> None:
    """JPEG can be decoded at a half, a quarter or an eighth of its size, in a fraction of the time."""
    width, height = file.size
    factor = (max_pixels / (width * height)) ** 0.5
    if factor < 1:
        file.draft(None, (max(1, int(width * factor)), max(1, int(height * factor))))


def _shrunk(picture: Image, max_pixels: int) -> Image:
    from PIL.Image import Resampling

    width, height = picture.size
    if width * height <= max_pixels:
        return picture
    factor = (max_pixels / (width * height)) ** 0.5
    size = (max(1, int(width * factor)), max(1, int(height * factor)))
    return picture.resize(size, Resampling.BICUBIC, reducing_gap=3.0)


def _rgb(picture: Image) -> Image:
    from PIL import Image

    if picture.mode in _SIXTEEN_BIT or picture.mode == "F":
        picture = _eight_bit(picture)
    if picture.mode in _WITH_ALPHA or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _eight_bit(picture: Image) -> Image:
    """Pillow cuts deep greys off at 255 where it converts them: nearly all of such a picture would be white."""
    grey = picture.convert("F")
    low, high = (float(extreme) for extreme in _extrema(grey))
    offset = 0.0
    if low < 0 or high > 65_535:
        scale, offset = 255.0 / max(high - low, 1e-12), low
    elif picture.mode.startswith("I;16") or high > 255:
        scale = 255.0 / 65_535
    else:
        scale = 255.0 if picture.mode == "F" and high <= 1 else 1.0
    return grey.point(lambda value: value * scale + (0.5 - offset * scale)).convert("L")


def _extrema(grey: Image) -> Any:
    return grey.getextrema()


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
