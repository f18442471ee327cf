"""How a merge ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, duration, sentence
from negdata.console.captions import equation

if TYPE_CHECKING:
    from negdata.merging import MergeSummary


def merge_summary(summary: MergeSummary) -> None:
    """The equation with its reasons, and of how many outputs it is the sum."""
    account.print(equation(summary, "records", "kept", summary.kept))
    outputs = "an output" if len(summary.merged) == 1 else f"{len(summary.merged):,} outputs"
    sentence(account, Text(f"{outputs} merged · {duration(summary.seconds)}", style="bright_black"))
    account.print(Text(f"written to {summary.out}"), soft_wrap=True)  # whole, to be copied
