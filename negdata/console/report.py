"""What a report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, duration, new_table, sentence, visible, warning

if TYPE_CHECKING:
    from negdata.report import ReportSummary


def report_summary(summary: ReportSummary) -> None:
    """The sections with their lists, the images, and where the page is."""
    table = new_table("section", ("", "left"), ("items", "right"), ("on the page", "right"))
    for section in summary.sections:
        name = Text(visible(section.path))
        for view, count in (section.views or {section.kind: 0}).items():
            shown = section.shown.get(view)
            table.add_row(name, view, f"{count:,}" if section.views else "", "" if shown is None else f"{shown:,}")
            name = Text("")
    account.print(table)
    facts = [f"{summary.embedded:,} images in the page"]
    if summary.linked:
        facts.append(f"{summary.linked:,} linked")
    facts += [f"{summary.bytes / 1e6:,.1f} MB", duration(summary.seconds)]
    sentence(account, Text(" · ".join(facts), style="bright_black"))
    for section in summary.sections:
        for note in section.notes:
            warning(note)
    for note in summary.notes:
        warning(note)
    account.print(Text(f"written to {summary.out}"), soft_wrap=True)  # whole, to be copied
