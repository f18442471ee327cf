"""What a fine-tuning gained and what it cost: a table, the gate's verdict, and where the model is."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, duration, new_table, sentence, visible, warning

if TYPE_CHECKING:
    from negdata.train.gains import Gain, Gains
    from negdata.train.report import FinetuneReport

_DIM = "bright_black"


def finetuned(report: FinetuneReport) -> None:
    """What was trained on, how it went, and the gains."""
    lost = {"rejected": report.rejected, "failed": report.failed}
    told = ", ".join(
        f"{sum(why.values()):,} {what}" + (f" ({_reasons(why)})" if why else "") for what, why in lost.items()
    )
    sentence(account, Text(f"{report.taken:,} rows in = {report.pairs:,} taken, {told}"))
    checks = report.checks
    sentence(
        account,
        Text(
            f"{report.trained_rows:,} trained on, {report.held_rows:,} held out; {checks.images:,} images, "
            f"{checks.with_false_caption:,} rows with a false caption"
        ),
    )
    sentence(
        account,
        Text(f"{report.steps:,} steps of {visible(report.recipe)} in {duration(report.seconds)}; kept: {report.kept}"),
    )
    account.print()
    gains(report.gains, Path(report.out))


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {visible(reason)}" for reason, count in counts.items())


def gains(found: Gains, folder: Path) -> None:
    """Every figure before and after, what limits them, the gate, and the folder of the model.

    A difference is green or red where its interval holds no zero, and plain where chance alone may have made it.
    """
    columns = ("before", "after", "points", "95 % interval", "chance", "n")
    table = new_table("", *((name, "right") for name in columns))
    for bench, rows in groupby(found.rows, key=lambda row: (row.suite, row.bench)):
        table.add_row(Text(visible(bench[1]), style="bold"))
        for row in rows:
            table.add_row(*_cells(row))
    account.print(table)
    account.print()
    sentence(account, _verdict(found))
    for note in found.notes:
        warning(note)
    account.print(Text(f"written to {folder}"), soft_wrap=True)  # whole, to be copied


def _cells(row: Gain) -> tuple[Text | str, ...]:
    return (
        Text(f"  {visible(row.metric)}"),
        _percent(row.before),
        _percent(row.after),
        Text(f"{row.difference:+.2f}", style=_style(row)),
        _interval(row),
        Text("–" if row.chance is None else _percent(row.chance), style=_DIM),
        f"{row.n:,}" if row.n == row.of else f"{row.n:,} of {row.of:,}",
    )


def _verdict(found: Gains) -> Text:
    verdict = ("Gate passed: ", "bold green") if found.gate.passed else ("Gate failed: ", "bold red")
    return Text.assemble(verdict, visible(found.gate.sentence))


def _style(row: Gain) -> str:
    if row.low is None or row.high is None:
        return ""
    if row.low > 0:
        return "green"
    return "red" if row.high < 0 else ""


def _interval(row: Gain) -> str:
    return "–" if row.low is None or row.high is None else f"{row.low:+.1f} to {row.high:+.1f}"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"
