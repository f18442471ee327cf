"""How a filter run ended, and how far verifiers can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, new_table, out, sentence, share, visible, warning
from negdata.console.captions import equation, example, notes, pace

if TYPE_CHECKING:
    from negdata.filter import CheckFigures, FilterSummary


def filter_summary(summary: FilterSummary) -> None:
    """The equation with its reasons, who decided what, and three examples."""
    account.print(equation(summary, "records", "kept", summary.kept))
    if summary.verdicts:
        account.print()
        table = new_table("verifier", ("absent", "right"), ("present", "right"), ("can't tell", "right"))
        for one in summary.verdicts:
            named = f"{one.verifier} ({one.model})" if one.model else one.verifier
            table.add_row(Text(visible(named)), f"{one.absent:,}", f"{one.present:,}", f"{one.unsure:,}")
        account.print(table)
    if summary.marks:
        account.print()
        right, wrong = summary.marks.right, summary.marks.wrong
        account.print(f"As marked by people: {right:,} right, {wrong:,} wrong.", soft_wrap=True)
    if summary.examples:
        account.print()
        for record in summary.examples[:3]:
            example(record)
    facts = [pace(summary, "records")]
    if summary.resumed:
        facts.append(f"{summary.resumed:,} done by an earlier run")
    if summary.requests or summary.cached:
        facts.append(f"{summary.requests:,} questions asked, {summary.cached:,} answers from the cache")
    sentence(account, Text(" · ".join(facts), style="bright_black"))
    notes(summary)


def check_tables(figures: CheckFigures) -> None:
    """How far verifiers can be trusted: verdicts, shares, calibration and thresholds."""
    out.print(
        f"{figures.answered:,} questions whose answer is known, put to {visible(', then '.join(figures.verifiers))}"
        f"{f'; {figures.failed:,} more failed' if figures.failed else ''}.",
        soft_wrap=True,
    )
    verdicts = new_table("", ("judged absent", "right"), ("unsure", "right"), ("judged present", "right"))
    for name, counts in (("truly absent", figures.truly_absent), ("truly present", figures.truly_present)):
        verdicts.add_row(name, f"{counts.absent:,}", f"{counts.unsure:,}", f"{counts.present:,}")
    out.print(verdicts)
    out.print()
    shares = new_table("", ("", "right"), ("", "left"))
    low_high = figures.precision_absent_interval
    interval = f"95 %: {low_high[0]:.2%} to {low_high[1]:.2%}" if low_high else ""
    shares.add_row("right, of those decided", share(figures.accuracy), "")
    shares.add_row('"absent" is right (precision)', share(figures.precision_absent), interval)
    shares.add_row("of what is absent, found (recall)", share(figures.recall_absent), "")
    shares.add_row("calibration error (ECE)", share(figures.ece), "")
    out.print(shares)
    if figures.with_probability:
        out.print()
        bins = new_table(
            "P(present)", ("answers", "right"), ("mean", "right"), ("truly present", "right"), ("", "left")
        )
        for one in figures.bins:
            bar = Text("━" * round(20 * (one.share_present or 0.0)), style="green")
            bins.add_row(
                f"{one.low:.1f} to {one.high:.1f}",
                f"{one.answers:,}",
                share(one.mean_p),
                share(one.share_present),
                bar,
            )
        out.print(bins)
    for option, found in (("--absent-below", figures.absent_at), ("--present-above", figures.present_at)):
        what = "absent" if option == "--absent-below" else "present"
        if found is None:
            sentence(out, f'At no threshold is "{what}" right 99 % of the time.')
        else:
            said = (
                f'"{what}" is right {found.precision:.2%} of the time, and finds {found.recall:.2%} of what is {what}'
            )
            sentence(out, f"{option} {found.threshold}: {said}.")
    for note in figures.notes:
        warning(note)
    out.print(Text(f"written to {figures.out} and {figures.report}"), soft_wrap=True)
