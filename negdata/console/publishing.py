"""How an export ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, duration, sentence, warning
from negdata.console.captions import equation

if TYPE_CHECKING:
    from negdata.publish import DataExportSummary


def data_export_summary(summary: DataExportSummary) -> None:
    """The equation with its reasons, and what was written."""
    account.print(equation(summary, "records", "written", summary.written))
    files = "a file" if len(summary.files) == 1 else f"{len(summary.files):,} files"
    size = f"{summary.bytes / 1e6:,.1f} MB" if summary.bytes >= 100_000 else f"{summary.bytes:,} bytes"
    facts = f"{summary.images:,} images · {files} of {size} · {duration(summary.seconds)} · {summary.to}"
    sentence(account, Text(facts, style="bright_black"))
    if summary.unused_columns:
        warning(f"columns of the source that the records don't carry: {', '.join(summary.unused_columns[:12])}")
    for note in summary.notes:
        warning(note)
    account.print(Text(f"written to {summary.out}"), soft_wrap=True)  # whole, to be copied
