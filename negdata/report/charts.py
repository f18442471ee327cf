"""The charts of a page, as SVG whose colours the page's style sheet gives, each with a title and a description."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from negdata.filter.check.figures import Bin
from negdata.svg import Axis, axis, line, number, text
from negdata.throughput import Sample

_WIDTH, _HEIGHT = 560, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 40
_BUCKETS = 60
_SHORTEST = 0.01
"""Seconds: times are told no finer."""
_OUTCOMES = ("kept", "rejected", "failed")
_PLOT = 300
_ROW = 76
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Change:
    """A score before and after, as shares with their 95 % intervals."""

    name: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    chance: float | None = None


def throughput_chart(samples: Sequence[Sample]) -> Markup | None:
    """Records a second over the time of all runs, stacked by outcome; None where too little is known of it."""
    steps = _steps(samples)
    if not steps:
        return None
    total = steps[-1][1]
    width = total / _BUCKETS
    buckets = [[0.0, 0.0, 0.0] for _ in range(_BUCKETS)]
    for start, end, counts in steps:
        for at in range(int(start / width), min(int(end / width), _BUCKETS - 1) + 1):
            shared = (min(end, (at + 1) * width) - max(start, at * width)) / (end - start)
            for outcome, count in enumerate(counts):
                buckets[at][outcome] += max(0.0, shared) * count / width
    down = axis(0.0, max(1e-3, *(sum(one) for one in buckets)), _HEIGHT - _BOTTOM, _TOP)
    across = axis(0.0, total, _LEFT, _WIDTH - _RIGHT)
    across = Axis(0.0, total, _LEFT, _WIDTH - _RIGHT, tuple(one for one in across.ticks if one <= total * 1.001))
    done = sum(sum(counts) for _, _, counts in steps)
    said = f"{done:,} records in {total:,.1f} seconds: {done / total:,.1f} a second on average."
    return _svg(_WIDTH, _HEIGHT, "Records a second over time", said, "".join(_rates(buckets, width, across, down)))


def reliability_chart(bins: Sequence[Bin]) -> Markup:
    """The share of objects that are truly present, by the probability that a judge gave."""
    most = max([1, *(one.answers for one in bins)])
    told = "; ".join(
        f"{one.low:.1f} to {one.high:.1f}: {one.share_present:.0%} of {one.answers:,}"
        for one in bins
        if one.share_present is not None
    )
    body = "".join(_reliability(bins, most))
    return _svg(_PLOT + 64, _PLOT + 120, "Truly present by probability of presence", told, body)


def change_chart(changes: Sequence[Change]) -> Markup:
    """Scores before and after, each a bar with its 95 % interval."""
    height = _ROW * len(changes) + 40
    across = Axis(0.0, 1.0, 0.0, _WIDTH - 84, (0.0, 0.25, 0.5, 0.75, 1.0))
    told = "; ".join(f"{one.name}: {one.before[0]:.1%} before, {one.after[0]:.1%} after" for one in changes)
    return _svg(_WIDTH, height, "Scores before and after", told, "".join(_changes(changes, across, height)))


def _steps(samples: Sequence[Sample]) -> list[tuple[float, float, tuple[float, float, float]]]:
    """(from, to, records by outcome) between two samples; where a run was resumed, what failed is tried again."""
    steps = []
    sooner: Sample = (0.0, 0, 0, 0)
    for later in samples:
        if later[0] - sooner[0] >= _SHORTEST:
            kept, rejected, failed = (max(0, later[at] - sooner[at]) for at in (1, 2, 3))
            steps.append((sooner[0], later[0], (kept, rejected, failed)))
            sooner = later
    return steps if len(steps) > 1 else []


def _rates(buckets: Sequence[Sequence[float]], width: float, across: Axis, down: Axis) -> Iterator[str]:
    for value in down.ticks:
        yield line("grid", _LEFT, down(value), _WIDTH - _RIGHT, down(value))
        yield text(_LEFT - 8, down(value) + 4, number(value, down), "", "end")
    for place, rates in enumerate(buckets):
        left, right = across(place * width), across((place + 1) * width)
        under = 0.0
        for outcome, rate in zip(_OUTCOMES, rates, strict=True):
            if rate > 0:
                top, bottom = down(under + rate), down(under)
                yield (
                    f'<rect class="{outcome}" x="{left + 0.5:.1f}" y="{top:.1f}" width="{right - left - 1:.1f}" '
                    f'height="{bottom - top:.1f}"/>'
                )
            under += rate
    yield line("axis", _LEFT, _HEIGHT - _BOTTOM, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM)
    for value in across.ticks:
        yield text(across(value), _HEIGHT - _BOTTOM + 18, _seconds(value, across), "")


def _seconds(value: float, across: Axis) -> str:
    if across.high >= 7_200:
        return f"{value / 3_600:.1f} h"
    return f"{value / 60:.0f} min" if across.high >= 300 else f"{value:g} s"


def _reliability(bins: Sequence[Bin], most: int) -> Iterator[str]:
    yield f'<g transform="translate(48 12)"><rect class="frame" width="{_PLOT}" height="{_PLOT}"/>'
    yield f'<line class="ideal" x1="0" y1="{_PLOT}" x2="{_PLOT}" y2="0"/>'
    for tick in (0, 0.25, 0.5, 0.75, 1):
        yield text(tick * _PLOT, _PLOT + 84, f"{tick:g}", "")
        yield text(-8, _PLOT - tick * _PLOT + 4, f"{tick:g}", "", "end")
    for one in bins:
        if one.share_present is None or one.mean_p is None:
            continue
        left, height = one.low * _PLOT + 3, one.share_present * _PLOT
        bar = 54 * one.answers / most
        yield f'<rect class="band" x="{left:.1f}" y="{_PLOT - height:.1f}" width="24" height="{height:.1f}"/>'
        yield f'<circle class="point" cx="{one.mean_p * _PLOT:.1f}" cy="{_PLOT - height:.1f}" r="4.5"/>'
        yield f'<rect class="count" x="{left:.1f}" y="{_PLOT + 66 - bar:.1f}" width="24" height="{bar:.1f}"/>'
    yield text(_PLOT / 2, _PLOT + 102, "probability of presence, and answers in each tenth", "")
    yield f'<g transform="translate(-34 {_PLOT / 2}) rotate(-90)">{text(0, 0, "truly present", "")}</g></g>'


def _changes(changes: Sequence[Change], across: Axis, height: float) -> Iterator[str]:
    for tick in across.ticks:
        yield line("grid", across(tick), 24, across(tick), height - 28)
        yield text(across(tick), height - 10, f"{tick:.0%}", "", "middle" if tick else "start")
    for row, one in enumerate(changes):
        top = 16.0 + row * _ROW
        yield text(
            0, top, one.name if len(one.name) < _LONGEST_NAME else f"{one.name[: _LONGEST_NAME - 2]}…", "ink", "start"
        )
        if one.chance is not None:
            yield line("chance", across(one.chance), top + 7, across(one.chance), top + 48)
        for place, (kind, (value, low, high)) in enumerate((("before", one.before), ("after", one.after))):
            at = top + 9 + 19 * place
            yield f'<rect class="{kind}" x="0" y="{at:.1f}" width="{max(1.0, across(value)):.1f}" height="15" rx="2"/>'
            yield line("interval", across(low), at + 7.5, across(high), at + 7.5)
            yield line("interval", across(low), at + 4, across(low), at + 11)
            yield line("interval", across(high), at + 4, across(high), at + 11)
            yield text(_WIDTH - 76, at + 12, f"{value:.1%}", "ink" if place else "", "start")


def _svg(width: float, height: float, title: str, told: str, body: str) -> Markup:
    return Markup(  # noqa: S704  all that isn't a number is escaped
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img">'
        f"<title>{html.escape(title)}</title><desc>{html.escape(told)}</desc>{body}</svg>"
    )
