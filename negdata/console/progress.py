"""Work under way: a live line in a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import duration, err, on_screen, sentence, visible

if TYPE_CHECKING:
    from negdata.runner import Progress

PLAIN_LINE_SECONDS = 5.0
COUNTED = {
    "filter": "records",
    "check": "questions",
    "build-bench": "crops",
    "eval": "inputs",
    "encode": "images",
    "finetune": "steps",
    "export": "records",
    "report": "images",
}
"""What a command counts, where it isn't captions."""


@contextmanager
def progress(verb: str) -> Iterator[tuple[Callable[[int], None], Callable[[Progress], None]]]:
    """Shows work under way: a live line in a terminal, a plain line every few seconds elsewhere.

    Yields two callbacks: for rows read, and for the runner's progress.
    """
    if err.quiet:
        yield (lambda _: None), (lambda _: None)
        return
    if not on_screen(err):
        yield _plain(verb)
        return
    from rich.live import Live

    with Live(console=err, refresh_per_second=8, transient=True) as live:

        def rows(count: int) -> None:
            live.update(Text(f"reading  {count:,} rows"))

        def advance(now: Progress) -> None:
            live.update(_live_line(verb, now))

        yield rows, advance


@contextmanager
def waiting(verb: str) -> Iterator[Callable[[str], None]]:
    """Shows in a terminal what takes a moment; elsewhere nothing. The callback is told what it is."""
    if err.quiet or not on_screen(err):
        yield lambda _: None
        return
    with err.status(f"{verb} …") as status:
        yield lambda what: status.update(Text(f"{verb} {what} …"))


@contextmanager
def phases() -> Iterator[Callable[[str, Progress], None]]:
    """As ``progress``, for work of several kinds, one after the other; the callback is told the kind first."""
    with ExitStack() as current:
        shown: dict[str, Callable[[Progress], None]] = {}

        def advance(verb: str, now: Progress) -> None:
            if verb not in shown:
                shown.clear()
                current.close()
                _, shown[verb] = current.enter_context(progress(verb))
            shown[verb](now)

        yield advance


def _plain(verb: str) -> tuple[Callable[[int], None], Callable[[Progress], None]]:
    last = [time.monotonic()]

    def due() -> bool:
        if time.monotonic() - last[0] < PLAIN_LINE_SECONDS:
            return False
        last[0] = time.monotonic()
        return True

    def rows(count: int) -> None:
        if due():
            sentence(err, f"reading: {count:,} rows")

    def advance(now: Progress) -> None:
        if due():
            waiting = f" ({visible(now.waiting_reason)})" if now.waiting_reason else ""
            sentence(err, f"{verb}: {_figures(verb, now)}{waiting}")

    return rows, advance


def _live_line(verb: str, now: Progress) -> Text:
    done = now.kept + now.rejected + now.failed
    figures = _figures(verb, now)
    waiting = f"  ({visible(now.waiting_reason)})" if now.waiting_reason else ""
    line = Text(f"{verb}  ", style="bold")
    # The bar takes what the figures leave of the line, so that the line doesn't break.
    bar = min(24, err.width - len(verb) - len(figures) - len(waiting) - 5)
    if now.total and bar >= 8:
        filled = int(bar * min(done / now.total, 1.0))
        line.append("━" * filled, style="green")
        line.append("━" * (bar - filled), style="bright_black")
        line.append("  ")
    line.append(figures, style="none")
    line.append(waiting, style="yellow")
    return line


def _figures(verb: str, now: Progress) -> str:
    done = now.kept + now.rejected + now.failed
    fresh = done - now.resumed
    rate = fresh / now.seconds if now.seconds > 0 else 0.0
    tokens = (now.prompt_tokens + now.completion_tokens) / now.seconds if now.seconds > 0 else 0.0
    parts = [f"{done:,}/{now.total:,}" if now.total else f"{done:,}", f"{rate:,.1f} {COUNTED.get(verb, 'captions')}/s"]
    if tokens:
        parts.append(f"{tokens:,.0f} tokens/s")
    if now.total and rate:
        parts.append(f"ETA {duration((now.total - done) / rate)}")
    # An evaluation keeps and rejects nothing, and a step that fails ends the run.
    none = {"finetune": (), "report": ()}
    told = ({"eval": ("failed",), "encode": ("failed",)} | none).get(verb, ("kept", "rejected", "failed"))
    if told:
        parts.append(" ".join(f"{outcome} {getattr(now, outcome):,}" for outcome in told))
    return " · ".join(parts)
