"""Draws a training curve as one SVG that needs nothing beside it and follows the reader's light or dark theme."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from negdata.train.curves import CURVE, LOSS, CurveLine, StepLine, ValidationLine, read_curve
from negdata.whole_files import write_whole

CURVE_SVG = "curve.svg"
_WIDTH, _HEIGHT = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 32, 34, 44
_MOST_POINTS = 600
"""Of the line; more steps are averaged, a stretch a point."""
_TICKS = 5
_MOST_DIGITS = 6
_FLAT = 1e-9
"""Share of a number by which others differ from it that can't be told apart on paper."""
_STYLE = """
svg { --ink: #1d2129; --dim: #5c6370; --grid: #e3e5ea; --paper: #ffffff; --train: #8a94a6; --valid: #b4530a;
      font: 12px system-ui, sans-serif; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e7e9ee; --dim: #a4abb8; --grid: #31353f; --paper: #16181d; --train: #8893a8; --valid: #ffb067; } }
.paper { fill: var(--paper); } text { fill: var(--dim); } .ink { fill: var(--ink); }
.grid { stroke: var(--grid); } .axis { stroke: var(--dim); }
.train { fill: none; stroke: var(--train); stroke-width: 1.2; stroke-linejoin: round; }
.between { fill: none; stroke: var(--valid); stroke-width: 1; stroke-dasharray: 3 3; }
.valid { fill: var(--valid); stroke: var(--paper); }
"""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Axis:
    """From numbers to pixels; ``ticks`` lie at round numbers."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def curve_svg(lines: Sequence[CurveLine]) -> str:
    """Training loss as a thin line, validation loss as dots, both over the steps.

    Steps whose loss is no number leave a gap. Of no number at all it says so.
    """
    steps = [(float(line.step), line.loss) for line in lines if isinstance(line, StepLine)]
    validations = [
        (float(line.step), loss)
        for line in lines
        if isinstance(line, ValidationLine) and (loss := line.validation.get(LOSS)) is not None
    ]
    train = list(_stretches(steps))
    drawn = [point for stretch in train for point in stretch] + validations
    body = (
        "".join(_body(train, validations, drawn)) if drawn else _text(_WIDTH / 2, _HEIGHT / 2, "No losses yet", "ink")
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-label="Training and validation loss over the steps">'
        f"<style>{_STYLE}</style>"
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}"/>{body}</svg>\n'
    )


def write_curve_svg(folder: Path) -> None:
    """Draws the curve of a model's folder into it; raises NegdataError where it can't be read or written."""
    write_whole(folder / CURVE_SVG, curve_svg(read_curve(folder / CURVE)).encode())


def _stretches(steps: Sequence[tuple[float, float | None]]) -> Iterator[list[Point]]:
    """The line, broken where a loss is no number; points are means of as many steps as it takes."""
    at_once = math.ceil(len(steps) / _MOST_POINTS) or 1
    stretch: list[Point] = []
    bucket: list[Point] = []
    for step, loss in [*steps, (0.0, None)]:
        if loss is not None:
            bucket.append((step, loss))
        if bucket and (loss is None or len(bucket) == at_once):
            stretch.append((bucket[-1][0], math.fsum(one for _, one in bucket) / len(bucket)))
            bucket = []
        if loss is None and stretch:
            yield stretch
            stretch = []


def _body(train: Sequence[Sequence[Point]], validations: Sequence[Point], drawn: Sequence[Point]) -> Iterator[str]:
    across = _axis(0.0, max(step for step, _ in drawn), _LEFT, _WIDTH - _RIGHT)
    down = _axis(min(loss for _, loss in drawn), max(loss for _, loss in drawn), _HEIGHT - _BOTTOM, _TOP)
    for value in down.ticks:
        yield _line("grid", _LEFT, down(value), _WIDTH - _RIGHT, down(value))
        yield _text(_LEFT - 8, down(value) + 4, _number(value, down), "", "end")
    yield _line("axis", _LEFT, _HEIGHT - _BOTTOM, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM)
    for value in across.ticks:
        yield _line("axis", across(value), _HEIGHT - _BOTTOM, across(value), _HEIGHT - _BOTTOM + 4)
        label = f"{value:,.0f}" if value.is_integer() else f"{value:g}"
        yield _text(across(value), _HEIGHT - _BOTTOM + 18, label, "")
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, "step", "")
    for stretch in train:
        places = _path(stretch, across, down)
        # A line of one point has no length, and would not be seen.
        yield f'<polyline class="train" points="{places if len(stretch) > 1 else f"{places} {places}"}"/>'
    if len(validations) > 1:
        yield f'<polyline class="between" points="{_path(validations, across, down)}"/>'
    for step, loss in validations:
        title = f"<title>step {step:,.0f}: validation loss {loss:.4g}</title>"
        yield f'<circle class="valid" cx="{across(step):.1f}" cy="{down(loss):.1f}" r="4">{title}</circle>'
    yield from _legend()


def _legend() -> Iterator[str]:
    yield _line("train", _LEFT, 16, _LEFT + 22, 16)
    yield _text(_LEFT + 28, 20, "training loss", "ink", "start")
    yield f'<circle class="valid" cx="{_LEFT + 132}" cy="16" r="4"/>'
    yield _text(_LEFT + 142, 20, "validation loss", "ink", "start")


def _axis(low: float, high: float, start: float, end: float) -> _Axis:
    """Over at least these numbers, from a tick to a tick."""
    if high - low <= _FLAT * max(1.0, abs(low), abs(high)):
        low, high = low - max(1.0, abs(low)) / 2, high + max(1.0, abs(high)) / 2
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(step * number for number in range(first, last + 1))
    return _Axis(ticks[0], ticks[-1], start, end, ticks)


def _number(value: float, axis: _Axis) -> str:
    """With as many digits as tell two ticks apart."""
    step = axis.ticks[1] - axis.ticks[0]
    digits = max(0, 1 - math.floor(math.log10(step)))
    if digits > _MOST_DIGITS or abs(value) >= 1e6:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}"


def _path(points: Sequence[Point], across: _Axis, down: _Axis) -> str:
    return " ".join(f"{across(step):.1f},{down(loss):.1f}" for step, loss in points)


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
