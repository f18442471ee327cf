"""The published half of NegRefCOCOg, and what can be told of the boxes behind its crops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from negdata.benchmark.regions import Box

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HALF = SHARED / "negrefcocog" / "NegRefCOCOg.half.json"
REFCOCOG = SHARED / "refcocog"


def published_items() -> list[dict[str, object]]:
    """The 220 items; the test is skipped where the file isn't there."""
    if not HALF.is_file():
        pytest.skip("the published half of NegRefCOCOg is not here")
    items: list[dict[str, object]] = json.loads(HALF.read_text(encoding="utf-8"))
    return items


Span = tuple[float, float]
"""Where a box begins on an axis, and how long it is."""
_STEPS = 3


def tight_pairs(one: Box, other: Box, size: tuple[float, float]) -> Iterator[tuple[Box, Box]]:
    """Tight boxes that two crops can have come from; where the image clipped a crop, some of the many that can.

    On an axis on which the boxes are apart, the crop of the first ends where the second box begins, and the crop of
    the second begins where the first box ends. On one on which they are not, a crop is three times its box.
    """
    across = [(one[0], one[0] + one[2]), (other[0], other[0] + other[2])]
    down = [(one[1], one[1] + one[3]), (other[1], other[1] + other[3])]
    spans_across = list(_apart(across, size[0]))
    spans_down = list(_apart(down, size[1]))
    for spans in (
        _both(spans_across, list(_together(down, size[1]))),
        _both(list(_together(across, size[0])), spans_down),
        _both(spans_across, list(_edged(down, size[1]))),
    ):
        for (x, other_x), (y, other_y) in spans:
            yield (x[0], y[0], x[1], y[1]), (other_x[0], other_y[0], other_x[1], other_y[1])


Pair = tuple[Span, Span]


def _both(across: list[Pair], down: list[Pair]) -> Iterator[tuple[Pair, Pair]]:
    return ((x, y) for x in across for y in down)


def _steps(low: float, high: float) -> list[float]:
    return [low + (high - low) * step / (_STEPS - 1) for step in range(_STEPS)] if high > low else [low]


def _apart(edges: list[Span], length: float) -> Iterator[Pair]:
    """Boxes that are separated on this axis, in either order."""
    for first, second in ((0, 1), (1, 0)):
        (start, near), (ends, end) = edges[first], edges[second]
        # The first box ends at `ends`, the second begins at `near`.
        if not (start < ends <= near < end):
            continue
        lengths = [(ends - start) / 2] if start > 0.5 else _steps(ends / 2, ends)
        others = [(end - near) / 2] if end < length - 0.5 else _steps((length - near) / 2, length - near)
        for one in lengths:
            for other in others:
                pair = (ends - one, one), (near, other)
                yield pair if first == 0 else (pair[1], pair[0])


def _together(edges: list[Span], length: float) -> Iterator[Pair]:
    """Boxes that aren't separated on this axis."""
    for one in _grown_to(*edges[0], length):
        for other in _grown_to(*edges[1], length):
            if one[0] < other[0] + other[1] and other[0] < one[0] + one[1]:
                yield one, other


def _grown_to(start: float, end: float, length: float) -> Iterator[Span]:
    at_start, at_end = start < 0.5, end > length - 0.5
    if at_start and at_end:
        for size in _steps(length / 3, length):
            for begin in _steps(max(0.0, length - 2 * size), min(size, length - size)):
                yield begin, size
    elif at_start:
        yield from ((end - 2 * size, size) for size in _steps(end / 3, end / 2))
    elif at_end:
        yield from ((start + size, size) for size in _steps((length - start) / 3, (length - start) / 2))
    else:
        size = (end - start) / 3
        yield start + size, size


def _edged(edges: list[Span], length: float) -> Iterator[Pair]:
    """Boxes that are separated on the other axis too: here the facing edges go to Y + h and to Y + H - h."""
    for first, second in ((0, 1), (1, 0)):
        (top, bottom), (other_top, other_bottom) = edges[first], edges[second]
        # Above is the first: bottom = Y + h, other_top = y + h - H, each clipped to the image.
        for height in {*_steps(1, length / 2), (other_bottom - bottom - 2 * (top - other_top)) / 3}:
            begins = [top + height] if top > 0.5 else _steps(0, height)
            for begin in begins:
                below = bottom - height if bottom < length - 0.5 else None
                tall = begin + height - other_top if other_top > 0.5 else None
                for other_begin in [below] if below is not None else _steps(length - height, length - 2):
                    for other_height in [tall] if tall is not None else _steps(begin + height, length):
                        pair = (begin, height), (other_begin, other_height)
                        yield pair if first == 0 else (pair[1], pair[0])
