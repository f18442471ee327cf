"""Draws a training curve as one SVG that needs nothing beside it and follows the reader's light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from negdata.svg import Point, axis, line, number, path, text
from negdata.train.curves import CURVE, LOSS, CurveLine, StepLine, ValidationLine, read_curve
from negdata.whole_files import write_whole

CURVE_SVG = "curve.svg"
_WIDTH, _HEIGHT = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 32, 34, 44
_MOST_POINTS = 600
"""Of the line; more steps are averaged, a stretch a point."""
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


def curve_svg(lines: Sequence[CurveLine], style: str = _STYLE) -> str:
    """Training loss as a thin line, validation loss as dots, both over the steps.

    Args:
        style: of its parts; "" where it is put into a page that has one.

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
    body = "".join(_body(train, validations, drawn)) if drawn else text(_WIDTH / 2, _HEIGHT / 2, "No losses yet", "ink")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-label="Training and validation loss over the steps">'
        + (f"<style>{style}</style>" if style else "")
        + f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}"/>{body}</svg>\n'
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
    across = axis(0.0, max(step for step, _ in drawn), _LEFT, _WIDTH - _RIGHT)
    down = axis(min(loss for _, loss in drawn), max(loss for _, loss in drawn), _HEIGHT - _BOTTOM, _TOP)
    for value in down.ticks:
        yield line("grid", _LEFT, down(value), _WIDTH - _RIGHT, down(value))
        yield text(_LEFT - 8, down(value) + 4, number(value, down), "", "end")
    yield line("axis", _LEFT, _HEIGHT - _BOTTOM, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM)
    for value in across.ticks:
        yield line("axis", across(value), _HEIGHT - _BOTTOM, across(value), _HEIGHT - _BOTTOM + 4)
        label = f"{value:,.0f}" if value.is_integer() else f"{value:g}"
        yield text(across(value), _HEIGHT - _BOTTOM + 18, label, "")
    yield text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, "step", "")
    for stretch in train:
        places = path(stretch, across, down)
        # A line of one point has no length, and would not be seen.
        yield f'<polyline class="train" points="{places if len(stretch) > 1 else f"{places} {places}"}"/>'
    if len(validations) > 1:
        yield f'<polyline class="between" points="{path(validations, across, down)}"/>'
    for step, loss in validations:
        title = f"<title>step {step:,.0f}: validation loss {loss:.4g}</title>"
        yield f'<circle class="valid" cx="{across(step):.1f}" cy="{down(loss):.1f}" r="4">{title}</circle>'
    yield from _legend()


def _legend() -> Iterator[str]:
    yield line("train", _LEFT, 16, _LEFT + 22, 16)
    yield text(_LEFT + 28, 20, "training loss", "ink", "start")
    yield f'<circle class="valid" cx="{_LEFT + 132}" cy="16" r="4"/>'
    yield text(_LEFT + 142, 20, "validation loss", "ink", "start")
