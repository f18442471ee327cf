"""What charts are drawn with: axes with round ticks, lines and texts of an SVG whose colours a style sheet gives."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

_TICKS = 5
_MOST_DIGITS = 6
_FLAT = 1e-9
"""Share of a number by which others differ from it that can't be told apart on paper."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """From numbers to pixels; ``ticks`` lie at round numbers."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def axis(low: float, high: float, start: float, end: float) -> Axis:
    """Over at least these numbers, from a tick to a tick."""
    if high - low <= _FLAT * max(1.0, abs(low), abs(high)):
        low, high = low - max(1.0, abs(low)) / 2, high + max(1.0, abs(high)) / 2
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(step * number for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def number(value: float, on: Axis) -> str:
    """With as many digits as tell two ticks apart."""
    step = on.ticks[1] - on.ticks[0]
    digits = max(0, 1 - math.floor(math.log10(step)))
    if digits > _MOST_DIGITS or abs(value) >= 1e6:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}"


def path(points: Sequence[Point], across: Axis, down: Axis) -> str:
    """The points of a polyline."""
    return " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in points)


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A line of a class."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, said: str, kind: str, anchor: str = "middle") -> str:
    """A text of a class; what it says is escaped."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(said)}</text>'
