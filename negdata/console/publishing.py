"""How an export ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import duration, new_table, out, sentence, visible, warning

if TYPE_CHECKING:
    from negdata.publish import DataExportSummary


def data_export_summary(summary: DataExportSummary) -> None:
    """The equation with its reasons, and what was written."""
    table = new_table("", ("records", "right"), ("share", "right"))
    taken = max(summary.taken, 1)
    table.add_row("taken", f"{summary.taken:,}", "")
    for name, count, style in (
        ("= written", summary.written, "green"),
        ("+ rejected", summary.rejected, "yellow"),
        ("+ failed", summary.failed, "red"),
    ):
        table.add_row(Text(name, style=style if count else "none"), f"{count:,}", f"{count / taken:.2%}")
    for reason, count in summary.reasons.items():
        table.add_row(Text(f"    {visible(reason)}", style="bright_black"), f"{count:,}", f"{count / taken:.2%}")
    out.print(table)
    files = "a file" if len(summary.files) == 1 else f"{len(summary.files):,} files"
    size = f"{summary.bytes / 1e6:,.1f} MB" if summary.bytes >= 100_000 else f"{summary.bytes:,} bytes"
    facts = f"{summary.images:,} images · {files} of {size} · {duration(summary.seconds)} · {summary.to}"
    sentence(out, Text(facts, style="bright_black"))
    if summary.unused_columns:
        warning(f"columns of the source that the records don't carry: {', '.join(summary.unused_columns[:12])}")
    for note in summary.notes:
        warning(note)
    out.print(Text(f"written to {summary.out}"), soft_wrap=True)  # whole, to be copied
