"""What an export wrote, how it is loaded, and what to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, line, sentence, visible, warning

if TYPE_CHECKING:
    from negdata.train.export import ExportSummary


def export_summary(summary: ExportSummary) -> None:
    """Files first, then Python that loads them; notes go to standard error."""
    facts = [summary.activation, *summary.facts]
    if summary.architecture is not None:
        facts.insert(0, summary.architecture)
    sentence(account, Text.assemble((visible(", ".join(summary.written)), "green"), visible(f": {summary.model}")))
    sentence(account, Text(visible(" · ".join(facts)), style="bright_black"))
    for one in summary.replaced:
        line(f"replaced {one.part}, {one.distance:.4f} from the base's, in {', '.join(one.files)}")
    if summary.trained_on is not None:
        line(f"trained on {summary.trained_on:,} images")
    for text in summary.load:
        line(f"  {text}")
    for note in summary.notes:
        warning(note)
