"""Crops: the published rule, and what holds of it for any boxes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from negdata.benchmark.crops import area, crops, greatest_iou, iou
from negdata.benchmark.regions import Box
from tests.benchmark.published import published_items, tight_pairs

sides = st.integers(min_value=2, max_value=700)


@st.composite
def pictures(draw: st.DrawFn, least: int = 1, most: int = 4) -> tuple[list[Box], tuple[int, int]]:
    """Boxes inside an image."""
    width, height = draw(sides), draw(sides)

    def span(length: int) -> tuple[float, float]:
        start = draw(st.floats(0, length - 1))
        return start, draw(st.floats(0.5, max(0.5, length - start)))

    boxes = []
    for _ in range(draw(st.integers(least, most))):
        (x, w), (y, h) = span(width), span(height)
        boxes.append((x, y, min(w, width - x), min(h, height - y)))
    assume(all(box[2] > 0 and box[3] > 0 for box in boxes))
    return boxes, (width, height)


@given(pictures())
def test_a_crop_is_inside_the_image_and_holds_its_box(picture: tuple[list[Box], tuple[int, int]]) -> None:
    boxes, (width, height) = picture
    for box, crop in zip(boxes, crops(boxes, (width, height)), strict=True):
        assert crop[0] >= 0
        assert crop[1] >= 0
        assert crop[0] + crop[2] <= width + 1e-6
        assert crop[1] + crop[3] <= height + 1e-6
        assert crop[0] <= box[0] + 1e-6
        assert crop[1] <= box[1] + 1e-6
        assert crop[0] + crop[2] >= box[0] + box[2] - 1e-6
        assert crop[1] + crop[3] >= box[1] + box[3] - 1e-6
        assert area(crop) > 0


@given(pictures(2, 2))
def test_a_crop_stays_out_of_a_box_that_is_apart(picture: tuple[list[Box], tuple[int, int]]) -> None:
    (one, other), size = picture
    apart_on_x = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0]
    apart_on_y = one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1]
    assume(apart_on_x or apart_on_y)
    first, second = crops([one, other], size)
    assert iou(first, other) < 1e-9
    assert iou(second, one) < 1e-9


@given(pictures(2, 4))
def test_more_boxes_only_take_away(picture: tuple[list[Box], tuple[int, int]]) -> None:
    boxes, size = picture
    together = crops(boxes, size)
    for at in range(1, len(boxes)):
        pair = crops([boxes[0], boxes[at]], size)[0]
        assert together[0][0] >= pair[0]
        assert together[0][1] >= pair[1]
        assert together[0][0] + together[0][2] <= pair[0] + pair[2] + 1e-6
        assert together[0][1] + together[0][3] <= pair[1] + pair[3] + 1e-6


@given(pictures(2, 2))
def test_iou_is_what_counting_pixels_would_give(picture: tuple[list[Box], tuple[int, int]]) -> None:
    whole = [
        (float(int(box[0])), float(int(box[1])), max(1.0, float(int(box[2]))), max(1.0, float(int(box[3]))))
        for box in picture[0]
    ]
    one, other = whole
    pixels = [
        {(x, y) for x in range(int(b[0]), int(b[0] + b[2])) for y in range(int(b[1]), int(b[1] + b[3]))}
        for b in (one, other)
        if b[2] * b[3] <= 20_000
    ]
    assume(len(pixels) == 2)
    expected = len(pixels[0] & pixels[1]) / len(pixels[0] | pixels[1])
    assert iou(one, other) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "other", "expected"),
    [
        ((200, 100, 50, 40), (400, 90, 60, 60), (150, 60, 150, 120)),  # too far away to matter
        ((200, 100, 50, 40), (270, 90, 60, 60), (150, 60, 120, 120)),  # to the right: stops at X
        ((200, 100, 50, 40), (140, 90, 40, 60), (180, 60, 120, 120)),  # to the left: stops at X + W
        ((200, 100, 50, 40), (210, 150, 60, 60), (150, 60, 150, 90)),  # below: stops at Y
        ((200, 100, 50, 40), (210, 30, 60, 50), (150, 80, 150, 100)),  # above: stops at Y + H
        ((200, 100, 50, 40), (270, 150, 60, 60), (150, 60, 120, 130)),  # right and below: the bottom goes to Y + h
        ((200, 100, 50, 40), (270, 30, 60, 50), (150, 40, 120, 140)),  # right and above: the top goes to Y + H - h
        ((200, 100, 50, 40), (220, 120, 60, 60), (150, 60, 150, 120)),  # they overlap: nothing holds it back
        ((10, 5, 50, 40), (220, 320, 60, 60), (0, 0, 110, 360)),  # clipped to the image
    ],
)
def test_each_clause_of_the_rule(box: Box, other: Box, expected: Box) -> None:
    assert crops([box, other], (640, 480))[0] == pytest.approx(expected)


def test_the_published_items_are_consistent_with_the_rule() -> None:
    """For each a pair of tight boxes is sought that gives back both crops; the image ends where the crops do."""
    items = published_items()
    unexplained = [item["phrase"] for item in items if not _is_explained(*_boxes(item))]
    assert len(items) == 220
    assert len(unexplained) <= 5, unexplained


def _is_explained(one: Box, other: Box) -> bool:
    size = (max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3]))
    whole = (math.ceil(size[0] - 0.01), math.ceil(size[1] - 0.01))
    return any(
        _far([one, other], crops(pair, whole)) < 1 for pair in tight_pairs(one, other, size) if _is_possible(pair)
    )


def test_published_crops_never_share_three_tenths() -> None:
    assert max(greatest_iou(_boxes(item)) for item in published_items()) < 0.3


def _boxes(item: dict[str, Any]) -> list[Box]:
    return [(box[0], box[1], box[2], box[3]) for box in item["bbox_list"]]


def _is_possible(pair: tuple[Box, Box]) -> bool:
    """Both boxes exist, inside of the image, and don't overlap: no published pair does."""
    return all(min(box) >= 0 and box[2] > 1 and box[3] > 1 for box in pair) and iou(*pair) == 0


def _far(crops_: list[Box], rebuilt: list[Box]) -> float:
    return max(abs(a - b) for one, two in zip(crops_, rebuilt, strict=True) for a, b in zip(one, two, strict=True))
