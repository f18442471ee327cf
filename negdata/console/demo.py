"""The demonstration: each step as the command that one would type, and at the end what it came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from negdata.console.base import duration, new_table, out, sentence, visible
from negdata.console.progress import progress

if TYPE_CHECKING:
    from negdata.benchmark.evaluate.report import Share
    from negdata.demo.outcome import DemoReport, DemoRow, Flip
    from negdata.demo.run import Step
    from negdata.progress import Progress

NEXT = (
    "negdata doctor",
    "negdata caption captions.json --backend ollama --contrast -o captions.jsonl",
    "negdata filter captions.jsonl --images images --verifier qwen-vl -o clean.jsonl",
    "negdata finetune clean.jsonl --images images --model openai/clip-vit-base-patch32 -o negationclip",
)
_DIM = "bright_black"
_INDENT = (0, 0, 0, 2)


class DemoSteps:
    """Numbers the steps as they come, and shows how far each is; to be used in a ``with``."""

    def __init__(self) -> None:
        self._number = 0
        self._under_way = ExitStack()
        self._shown: tuple[str, Callable[[Progress], None]] | None = None

    def __enter__(self) -> DemoSteps:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def begin(self, step: Step) -> None:
        """Says what comes next, and how one does it oneself."""
        self._end()
        self._number += 1
        out.print()
        out.print(Text.assemble((f"{self._number}  ", "bold cyan"), (visible(step.title), "bold")))
        for command in (step.command, step.beside):
            if command is not None:
                out.print(Text.assemble(("$ ", _DIM), (visible(command), "cyan")), soft_wrap=True)

    def advance(self, verb: str, now: Progress) -> None:
        """How far the step is."""
        if self._shown is None or self._shown[0] != verb:
            self._end()
            _, show = self._under_way.enter_context(progress(verb))
            self._shown = verb, show
        self._shown[1](now)

    def tell(self, told: Sequence[str]) -> None:
        """What the step came to."""
        self._end()
        for text in told:
            if out.is_terminal:
                out.print(Padding(Text(visible(text)), _INDENT))
            else:
                sentence(out, visible(text))

    def _end(self) -> None:
        self._under_way.close()
        self._shown = None


def demo_report(report: DemoReport) -> None:
    """The table, what flipped, and what to do next."""
    out.print()
    columns = ("reads “no”", "95 %", "R@5", "95 %", "points")
    table = new_table("", *((name, "right") for name in columns))
    for row in report.rows:
        table.add_row(*_cells(row))
    table.add_row(Text("chance", style=_DIM), Text("50.0 %", style=_DIM))
    out.print(table)
    searched = report.rows[0].retrieval.n
    reads = f"reads “no”: which of two pictures a phrase is about, {report.items:,} phrases"
    finds = f"R@5: pictures never trained on, found by {searched:,} ordinary captions"
    sentence(out, Text(f"{reads}; {finds}; 95 % intervals", style=_DIM))
    if report.flips:
        out.print()
        out.print(Text("Read wrongly before, and rightly now", style="bold"))
        for flip in report.flips:
            _flip(flip)
    out.print()
    sentence(out, Text.assemble(_verdict(report), (f" {duration(report.seconds)}.", _DIM)))
    sentence(
        out, "All of these are small stand-ins drawn and trained by negdata: what it does for CLIP itself, you measure."
    )
    out.print()
    out.print(Text("With your own images and model", style="bold"))
    for command in NEXT:
        out.print(Text.assemble(("$ ", _DIM), (command, "cyan")), soft_wrap=True)
    out.print(Text(f"every caption and score, to look at: {report.report}"), soft_wrap=True)  # whole, to be copied


def _verdict(report: DemoReport) -> Text:
    before, after = report.rows[0], report.rows[1]
    reads = f"It reads “no” in {_percent(after.negation.value)} of cases instead of {_percent(before.negation.value)}"
    change = "" if after.change is None else f"; ordinary retrieval (R@5) changes by {after.change[0]:+.1f} points"
    return Text(f"{reads}{change}.")


def _cells(row: DemoRow) -> tuple[Text | str, ...]:
    change = "–"
    if row.change is not None:
        difference, low, high = row.change
        change = f"{difference:+.1f} ({low:+.1f} to {high:+.1f})"
    style = "bold" if row.name == "after" else ""
    return (
        Text(row.name, style=style),
        Text(_percent(row.negation.value), style=style),
        _interval(row.negation),
        _percent(row.retrieval.value),
        _interval(row.retrieval),
        change,
    )


def _flip(flip: Flip) -> None:
    sentence(out, Text.assemble("“", (visible(flip.phrase), "cyan"), f"”  {visible(flip.image)}"))
    sentence(out, Text(f"  before: ✗ {visible(flip.other)}  ({flip.before:+.3f})"))
    sentence(out, Text(f"  now:    ✓ {visible(flip.fitting)}  ({flip.after:+.3f})"))


def _interval(one: Share) -> str:
    return "–" if one.low is None or one.high is None else f"{100 * one.low:.1f} to {100 * one.high:.1f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
