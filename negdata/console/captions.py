"""How a run over captions ended, with examples; and what one would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from negdata.console.base import account, duration, new_table, out, sentence, visible, warning

if TYPE_CHECKING:
    from negdata.caption.estimate import Estimate
    from negdata.caption.summary import CaptionSummary
    from negdata.filter import FilterSummary
    from negdata.merging import MergeSummary
    from negdata.publish import DataExportSummary
    from negdata.records import CaptionRecord


def equation(
    summary: CaptionSummary | FilterSummary | DataExportSummary | MergeSummary, counted: str, good: str, number: int
) -> Table:
    """taken = kept + rejected + failed, with the reasons.

    Args:
        good: what those are called that were neither rejected nor failed.
        number: how many these are.
    """
    table = new_table("", (counted, "right"), ("share", "right"))
    taken = max(summary.taken, 1)
    table.add_row("taken", f"{summary.taken:,}", "")
    for name, count, style in (
        (f"= {good}", number, "green"),
        ("+ rejected", summary.rejected, "yellow"),
        ("+ failed", summary.failed, "red"),
    ):
        table.add_row(Text(name, style=style if count else "none"), f"{count:,}", f"{count / taken:.2%}")
    for reason, count in summary.reasons.items():
        table.add_row(Text(f"    {visible(reason)}", style="bright_black"), f"{count:,}", f"{count / taken:.2%}")
    return table


def pace(summary: CaptionSummary | FilterSummary, counted: str) -> str:
    """How long this run took, and how many it did a second."""
    rate = (summary.taken - summary.resumed) / summary.seconds if summary.seconds else 0.0
    return f"{duration(summary.seconds)}, {rate:,.{0 if rate >= 10 else 1}f} {counted}/s"


def caption_summary(summary: CaptionSummary) -> None:
    """The equation with its reasons, time and tokens, and three examples."""
    table = equation(summary, "captions", "kept", summary.kept)
    taken = max(summary.taken, 1)
    if summary.false_captions is not None:
        table.add_row("with a false caption", f"{summary.false_captions:,}", f"{summary.false_captions / taken:.2%}")
    if summary.proposals_per_caption is not None:
        table.add_row("proposals a kept caption", f"{summary.proposals_per_caption:.2f}", "")
    account.print(table)
    if summary.examples:
        account.print()
        for record in summary.examples[:3]:
            example(record)
    facts = [pace(summary, "captions"), f"{summary.backend} ({visible(summary.model)})"]
    if summary.resumed:
        facts.append(f"{summary.resumed:,} done by an earlier run")
    # The embedded backend sends nothing: what it is asked would only be taken for traffic.
    if summary.backend != "rules" and (summary.requests or summary.cached):
        facts.append(f"{summary.requests:,} requests, {summary.cached:,} replies from the cache")
    if summary.prompt_tokens or summary.completion_tokens:
        facts.append(f"{summary.prompt_tokens:,} tokens in, {summary.completion_tokens:,} out")
    sentence(account, Text(" · ".join(facts), style="bright_black"))
    notes(summary)


def notes(summary: CaptionSummary | FilterSummary) -> None:
    if summary.unused_columns:
        warning(f"columns of the source that the records don't carry: {', '.join(summary.unused_columns[:12])}")
    for note in summary.notes:
        warning(note)
    account.print(Text(f"written to {summary.out}"), soft_wrap=True)  # whole, to be copied


def example(record: CaptionRecord) -> None:
    """A caption and its negation, cues and the negated object marked."""
    if record.question:
        sentence(account, Text(f"  {visible(record.question.strip())} – no", style="bright_black"))
    if record.caption != record.negated_caption:
        sentence(account, Text(f"  {visible(record.caption.strip())}", style="bright_black"))
    if record.negated_caption:
        sentence(account, Text("  → ").append_text(marked(record.negated_caption, record.negated)))
    elif record.negated:
        sentence(account, Text(f"  → absent: {visible(record.negated)}"))
    if record.false_caption:
        sentence(account, Text("  ✗ ").append_text(marked(record.false_caption, None)))


def marked(caption: str, negated: str | None) -> Text:
    from negdata.negation import find_cues
    from negdata.vocabulary import vocabulary

    text = Text(caption)
    for cue in find_cues(caption):
        text.stylize("bold magenta", cue.start, cue.end)
    if negated:
        known = vocabulary()
        entry = known.lookup(negated)
        for mention in known.find(caption):
            if entry is not None and mention.name == entry.name:
                text.stylize("underline", mention.start, mention.end)
    return text


def estimate_table(estimate: Estimate, price_in: float | None, price_out: float | None) -> None:
    """What a run would take."""
    table = new_table("", ("estimate", "right"))
    table.add_row("captions", f"{estimate.rows:,}")
    if estimate.excluded is not None:
        table.add_row("of them left out by --exclude", f"{estimate.excluded:,}")
    table.add_row("requests", f"{estimate.requests:,}")
    table.add_row("tokens in", f"{estimate.prompt_tokens:,}")
    table.add_row("tokens out", f"{estimate.completion_tokens:,}")
    if estimate.verifier_questions:
        table.add_row("questions to verifiers, an image each", f"{estimate.verifier_questions:,}")
    if estimate.cost is not None:
        digits = 2 if estimate.cost >= 1 else 4
        prices = f"{price_in or 0:g} in, {price_out or 0:g} out per million"
        table.add_row(f"cost at {prices}", f"{estimate.cost:,.{digits}f}")
    out.print(table)
    out.print(
        f"From the prompts of the first {estimate.sampled_rows:,} captions, 4 characters a token, one try each; "
        "nothing was sent.",
        soft_wrap=True,
    )
