"""Crops are those of published evaluators, to the pixel, also of files that are stored on their side."""

from __future__ import annotations

import contextlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from negdata.benchmark.evaluate.cut import cut
from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import View
from negdata.pictures import BadImage, decode_turned

WIDTH, HEIGHT = 40, 30
_ORIENTATION = 0x0112


def _picture() -> Image.Image:
    """No two pixels are alike, so that no turn of it looks like another."""
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    picture.putdata([(x, y, x ^ y) for y in range(HEIGHT) for x in range(WIDTH)])
    return picture


def _stored(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    buffer = BytesIO()
    _picture().save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    buffer = BytesIO()
    picture.save(buffer, "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(buffer))
    assert upright is not None
    return upright


edges = st.tuples(st.floats(0, WIDTH), st.floats(0, WIDTH)).map(sorted).filter(lambda two: two[1] - two[0] > 1)


@given(edges, edges.filter(lambda two: two[1] <= HEIGHT))
def test_a_crop_is_that_of_the_published_evaluator(across: list[float], down: list[float]) -> None:
    x, y, w, h = across[0], down[0], across[1] - across[0], down[1] - down[0]
    published = _picture().crop((x, y, x + w, y + h))  # Pillow rounds
    assert cut(_picture(), View("a.png", (x, y, w, h)), 1).tobytes() == published.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_in_stored_pixels_and_crops_upright(orientation: int) -> None:
    picture, found = decode_turned(_stored(orientation), "a.png", max_pixels=1 << 30)
    assert found == orientation
    published = _picture().crop((3, 6, 16, 15))
    for size in (None, (WIDTH, HEIGHT)):
        crop = cut(picture, View("a.png", (3.2, 5.5, 12.4, 9.9), size), found)
        expected = _turned(published, orientation)
        assert crop.size == expected.size
        assert crop.tobytes() == expected.tobytes()


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_box_that_was_drawn_on_the_upright_image_is_taken_there(orientation: int) -> None:
    picture, found = decode_turned(_stored(orientation), "a.png", max_pixels=1 << 30)
    crop = cut(picture, View("a.png", (2, 30, 10, 8), (HEIGHT, WIDTH)), found)
    assert crop.tobytes() == picture.crop((2, 30, 12, 38)).tobytes()


def test_a_view_without_a_box_is_the_whole_upright_picture() -> None:
    picture, found = decode_turned(_stored(6), "a.png", max_pixels=1 << 30)
    assert cut(picture, View("a.png"), found).size == (HEIGHT, WIDTH)


@pytest.mark.parametrize("written", [0, 9, 65535])
def test_an_orientation_that_there_is_not_means_upright(written: int) -> None:
    picture, found = decode_turned(_stored(written), "a.png", max_pixels=1 << 30)
    assert found == 1
    assert picture.size == (WIDTH, HEIGHT)


BAD: list[tuple[Box, str]] = [
    ((0, 0, WIDTH + 2, 5), "region-outside"),
    ((-1.5, 0, 5, 5), "region-outside"),
    ((0, HEIGHT, 5, 5), "region-outside"),
    ((0, 0, 5, 10**400), "region-outside"),
    ((float("nan"), 0, 5, 5), "region-outside"),
    ((0, 0, float("inf"), 5), "region-outside"),
    ((5, 5, 0.2, 5), "region-empty"),
    ((5, 5, -3, 5), "region-empty"),
]


@pytest.mark.parametrize(("box", "code"), BAD)
def test_a_box_that_nothing_can_be_cut_from(box: Box, code: str) -> None:
    with pytest.raises(BadImage) as raised:
        cut(_picture(), View("a.png", box), 1)
    assert raised.value.code == code


def test_a_pixel_beyond_the_edge_is_rounding() -> None:
    assert cut(_picture(), View("a.png", (0, 0, WIDTH + 0.6, HEIGHT)), 1).size == (WIDTH + 1, HEIGHT)


@settings(max_examples=300)
@given(st.tuples(*[st.one_of(st.floats(), st.integers())] * 4))
def test_no_box_does_more_than_fail(box: Box) -> None:
    with contextlib.suppress(BadImage):
        crop = cut(_picture(), View("a.png", box), 1)
        assert 0 < crop.width <= WIDTH + 2
        assert 0 < crop.height <= HEIGHT + 2


def test_an_image_of_another_size_is_not_that_of_the_box() -> None:
    with pytest.raises(BadImage, match=r"a.png is 40 x 30 pixels, and its box was drawn on 80 x 60") as raised:
        cut(_picture(), View("a.png", (0, 0, 5, 5), (80, 60)), 1)
    assert raised.value.code == "image-size"
