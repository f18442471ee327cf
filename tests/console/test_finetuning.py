"""The table of gains: colours for what chance can't explain, plain text elsewhere, nothing that steers a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from negdata.console import finetuning
from negdata.train.gains import Gain, Gains, Gate

GREEN, RED = "\x1b[32m", "\x1b[31m"


def _gain(metric: str, difference: float, low: float | None, high: float | None, bench: str = "bench.json") -> Gain:
    return Gain(
        bench=bench, suite="pairs", metric=metric, before=0.5, after=0.5 + difference / 100, difference=difference,
        low=low, high=high, n=90, of=100, chance=0.25, p_value=0.01,
    )  # fmt: skip


FOUND = Gains(
    rows=[
        _gain("R@5 text→image", -2.0, -3.0, -1.0, "held-out captions"),
        _gain("accuracy", 12.5, 8.0, 17.0),
        _gain("top-1", 0.5, -1.0, 2.0),
        _gain("mean", -0.5, None, None, "evil\x1b[2J"),
    ],
    gate=Gate(drop=2.0, max_drop=1.0, passed=False),
    notes=["bench.json: a note"],
)


def _shown(monkeypatch: pytest.MonkeyPatch, found: Gains, *, terminal: bool) -> str:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=110, color_system="standard" if terminal else None)
    monkeypatch.setattr(finetuning, "account", console)
    finetuning.gains(found, Path("negationclip"))
    return text.getvalue()


def test_what_chance_cannot_explain_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(monkeypatch, FOUND, terminal=True)
    colours = {
        metric: [code for code in (GREEN, RED) if code in line]
        for line in shown.splitlines()
        for metric in ("R@5", "accuracy", "top-1", "mean")
        if f"  {metric}" in line
    }
    assert colours == {"R@5": [RED], "accuracy": [GREEN], "top-1": [], "mean": []}
    assert "\x1b[2J" not in shown


def test_elsewhere_it_is_plain_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(monkeypatch, FOUND, terminal=False)
    assert "\x1b" not in shown
    words = [" ".join(line.split()) for line in shown.splitlines()]
    assert "accuracy 50.00 % 62.50 % +12.50 +8.0 to +17.0 25.00 % 90 of 100" in words
    assert "mean 50.00 % 49.50 % -0.50 – 25.00 % 90 of 100" in words
    assert "Gate failed: R@5 text→image on held-out captions fell by 2.00 points; it may fall by 1." in words
    assert words[-1] == "written to negationclip"


@pytest.mark.parametrize(
    ("drop", "said"), [(-0.5, "rose by 0.50 points"), (0.0, "captions held"), (0.25, "fell by 0.25 points")]
)
def test_a_gate_that_passed(monkeypatch: pytest.MonkeyPatch, drop: float, said: str) -> None:
    found = FOUND.model_copy(update={"gate": Gate(drop=drop, max_drop=1.0, passed=True)})
    shown = " ".join(_shown(monkeypatch, found, terminal=False).split())
    assert "Gate passed: R@5 text→image on held-out " in shown
    assert said in shown
