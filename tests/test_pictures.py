"""Bad images, each with its outcome: read as a person would see it, or refused with the reason."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from negdata.pictures import BadImage, as_jpeg, as_ppm, decode, read_content

SIZE = (60, 40)
ALL = 10**9


def read_picture(path: Path, *, max_pixels: int) -> Image.Image:
    return decode(read_content(path), str(path), max_pixels=max_pixels)


def two_halves() -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", SIZE, (255, 0, 0))
    ImageDraw.Draw(picture).rectangle((30, 0, 60, 40), (0, 0, 255))
    return picture


def noise() -> Image.Image:
    return Image.effect_noise((400, 300), 90).convert("RGB")


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG of 20,000 x 20,000 white pixels in a few kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    side = 20_000
    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (side // 8)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def rotated() -> bytes:
    """Stored on its side, with the note that says how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(two_halves().rotate(90, expand=True), "JPEG", exif=exif, quality=95)


def sixteen_bit() -> bytes:
    picture = Image.new("I;16", SIZE, 257 * 64)
    picture.paste(257 * 192, (30, 0, 60, 40))
    return encoded(picture, "PNG")


def transparent_palette() -> bytes:
    picture = two_halves().quantize(4)
    corner = picture.getpixel((59, 0))
    assert isinstance(corner, int)
    return encoded(picture, "PNG", transparency=corner)


def animated() -> bytes:
    return encoded(two_halves(), "GIF", save_all=True, append_images=[Image.new("RGB", SIZE, "green")] * 3)


RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
READ: dict[str, tuple[Callable[[], bytes], tuple[int, int, int], tuple[int, int, int]]] = {
    "plain": (lambda: encoded(two_halves(), "PNG"), RED, BLUE),
    "cmyk": (lambda: encoded(two_halves().convert("CMYK"), "JPEG", quality=95), RED, BLUE),
    "cmyk-tiff": (lambda: encoded(two_halves().convert("CMYK"), "TIFF"), RED, BLUE),
    "sixteen-bit": (sixteen_bit, (64, 64, 64), (192, 192, 192)),
    "palette": (lambda: encoded(two_halves().quantize(4), "PNG"), RED, BLUE),
    "palette-with-transparency": (transparent_palette, RED, WHITE),
    "rgba": (lambda: encoded(Image.new("RGBA", SIZE, (255, 0, 0, 0)), "PNG"), WHITE, WHITE),
    "one-bit": (lambda: encoded(Image.new("1", SIZE, 1), "PNG"), WHITE, WHITE),
    "animated": (animated, RED, BLUE),
    "exif-rotated": (rotated, RED, BLUE),
    "lab": (lambda: encoded(Image.new("LAB", SIZE, (255, 128, 128)), "TIFF"), WHITE, WHITE),
    "float": (lambda: encoded(Image.new("F", SIZE, 1.0), "TIFF"), WHITE, WHITE),
    "webp": (lambda: encoded(two_halves(), "WEBP", lossless=True), RED, BLUE),
    "png-named-jpg": (lambda: encoded(two_halves(), "PNG"), RED, BLUE),
}
REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "truncated": (lambda: encoded(noise(), "JPEG")[:20_000], "image-broken", "truncated"),
    "larger-than-the-limit": (lambda: encoded(Image.new("1", (10_000, 9_000)), "PNG"), "image-too-large", "at most"),
    "truncated-png": (lambda: encoded(two_halves(), "PNG")[:-40], "image-broken", "decoded"),
    "zero-bytes": (lambda: b"", "image-empty", "no bytes"),
    "bomb": (bomb, "image-too-large", "400000000 pixels"),
    "html": (lambda: b"<!DOCTYPE html><title>404</title>", "not-an-image", "<!DOCTYPE html>"),
    "text": (lambda: b"hello", "not-an-image", "hello"),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not-an-image", "%!PS"),
    "header-alone": (lambda: encoded(two_halves(), "PNG")[:40], "not-an-image", "PNG"),
}


def close(one: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(one, tuple)
    return all(abs(a - b) <= 12 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", READ)
def test_an_odd_image_is_read_rightly(name: str, tmp_path: Path) -> None:
    make, left, right = READ[name]
    path = tmp_path / "image.jpg"
    path.write_bytes(make())
    picture = read_picture(path, max_pixels=ALL)
    assert (picture.mode, picture.size) == ("RGB", SIZE)
    assert close(picture.getpixel((5, 20)), left)
    assert close(picture.getpixel((55, 20)), right)


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_image_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    make, code, said = REFUSED[name]
    path = tmp_path / "image.jpg"
    path.write_bytes(make())
    with pytest.raises(BadImage, match=said) as caught:
        read_picture(path, max_pixels=ALL)
    assert caught.value.code == code
    assert str(path) in str(caught.value)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")  # opening it would wait for ever
    for name in ("absent.jpg", "pipe.jpg", ".", "absent/deep.jpg", "nul\0byte.jpg", "x" * 300):
        with pytest.raises(BadImage) as caught:
            read_picture(tmp_path / name, max_pixels=ALL)
        assert caught.value.code == "image-missing"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(640, 480), (4000, 20), (1, 3000), (3, 3)])
def test_a_large_image_is_shrunk_in_proportion(kind: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(encoded(Image.new("RGB", size, "red"), kind))
    width, height = read_picture(path, max_pixels=10_000).size
    assert width * height <= 10_000
    if size == (640, 480):
        assert width * height > 9_000
        assert abs(width / height - 4 / 3) < 0.03
    if size == (3, 3):
        assert (width, height) == size


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_bytes_a_file_holds_it_is_read_or_refused(data: st.DataObject, tmp_path: Path) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]))
    content = bytearray(encoded(two_halves(), kind))
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "image"
    path.write_bytes(content)
    with suppress(BadImage):
        picture = read_picture(path, max_pixels=5_000)
        assert picture.mode == "RGB"
        assert picture.size[0] * picture.size[1] <= 5_000


def test_both_encodings_decode_to_the_picture() -> None:
    picture = two_halves()
    ppm = Image.open(BytesIO(as_ppm(picture)))
    assert ppm.tobytes() == picture.tobytes()
    jpeg = Image.open(BytesIO(as_jpeg(picture)))
    assert (jpeg.format, jpeg.size) == ("JPEG", SIZE)
    assert close(jpeg.getpixel((5, 20)), RED)
