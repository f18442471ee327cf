"""The only module that prints: progress, summaries, tables and errors.

Tables go to standard output, progress and errors to standard error, so that output can be piped.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from negdata.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from negdata.caption.estimate import Estimate
    from negdata.caption.summary import CaptionSummary
    from negdata.errors import NegdataError
    from negdata.filter import CheckFigures, FilterSummary
    from negdata.negation import CorpusStatistics
    from negdata.prompts import Prompt
    from negdata.records import CaptionRecord
    from negdata.runner import Progress

PLAIN_LINE_SECONDS = 5.0

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def error(problem: NegdataError) -> None:
    """Two sentences on standard error: what is wrong, what to do."""
    _sentence(err, Text.assemble(("error: ", "bold red"), visible(redact(problem.problem))))
    _sentence(err, Text(visible(redact(problem.remedy))))


def warning(text: str) -> None:
    """One line on standard error."""
    _sentence(err, Text.assemble(("note: ", "yellow"), visible(text)))


def _sentence(to: Console, text: Text | str) -> None:
    """A line that breaks between words in a terminal and stays whole in a file or a pipe."""
    to.print(text, soft_wrap=not to.is_terminal)


def visible(text: str) -> str:
    """Text from files and servers with control characters shown, so that it can't steer the terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def json_line(text: str) -> None:
    """A machine's output, as it is."""
    sys.stdout.write(text + "\n")


@contextmanager
def progress(verb: str) -> Iterator[tuple[Callable[[int], None], Callable[[Progress], None]]]:
    """Shows work under way: a live line in a terminal, a plain line every few seconds elsewhere.

    Yields two callbacks: for rows read, and for the runner's progress.
    """
    if not err.is_terminal:
        yield _plain(verb)
        return
    from rich.live import Live

    with Live(console=err, refresh_per_second=8, transient=True) as live:

        def rows(count: int) -> None:
            live.update(Text(f"reading  {count:,} rows"))

        def advance(now: Progress) -> None:
            live.update(_live_line(verb, now))

        yield rows, advance


def _plain(verb: str) -> tuple[Callable[[int], None], Callable[[Progress], None]]:
    last = [time.monotonic()]

    def due() -> bool:
        if time.monotonic() - last[0] < PLAIN_LINE_SECONDS:
            return False
        last[0] = time.monotonic()
        return True

    def rows(count: int) -> None:
        if due():
            _sentence(err, f"reading: {count:,} rows")

    def advance(now: Progress) -> None:
        if due():
            _sentence(err, f"{verb}: {_figures(now)}")

    return rows, advance


def _live_line(verb: str, now: Progress) -> Text:
    done = now.kept + now.rejected + now.failed
    figures = _figures(now)
    line = Text(f"{verb}  ", style="bold")
    # The bar takes what the figures leave of the line, so that the line doesn't break.
    bar = min(24, err.width - len(verb) - len(figures) - 5)
    if now.total and bar >= 8:
        filled = int(bar * min(done / now.total, 1.0))
        line.append("━" * filled, style="green")
        line.append("━" * (bar - filled), style="bright_black")
        line.append("  ")
    line.append(figures, style="none")
    if now.waiting_reason:
        line.append(f"  ({visible(now.waiting_reason)})", style="yellow")
    return line


def _figures(now: Progress) -> str:
    done = now.kept + now.rejected + now.failed
    fresh = done - now.resumed
    rate = fresh / now.seconds if now.seconds > 0 else 0.0
    tokens = (now.prompt_tokens + now.completion_tokens) / now.seconds if now.seconds > 0 else 0.0
    parts = [f"{done:,}/{now.total:,}" if now.total else f"{done:,}", f"{rate:,.1f} captions/s"]
    if tokens:
        parts.append(f"{tokens:,.0f} tokens/s")
    if now.total and rate:
        parts.append(f"ETA {duration((now.total - done) / rate)}")
    parts.append(f"kept {now.kept:,} rejected {now.rejected:,} failed {now.failed:,}")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as people say them: 8.2 s, 3:05 min, 2:10:00 h."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def _equation(summary: CaptionSummary | FilterSummary, counted: str) -> Table:
    """taken = kept + rejected + failed, with the reasons."""
    table = _table("", (counted, "right"), ("share", "right"))
    taken = max(summary.taken, 1)
    table.add_row("taken", f"{summary.taken:,}", "")
    for name, count, style in (
        ("= kept", summary.kept, "green"),
        ("+ rejected", summary.rejected, "yellow"),
        ("+ failed", summary.failed, "red"),
    ):
        table.add_row(Text(name, style=style if count else "none"), f"{count:,}", f"{count / taken:.2%}")
    for reason, count in summary.reasons.items():
        table.add_row(Text(f"    {visible(reason)}", style="bright_black"), f"{count:,}", f"{count / taken:.2%}")
    return table


def caption_summary(summary: CaptionSummary) -> None:
    """The equation with its reasons, time and tokens, and three examples."""
    table = _equation(summary, "captions")
    taken = max(summary.taken, 1)
    if summary.false_captions is not None:
        table.add_row("with a false caption", f"{summary.false_captions:,}", f"{summary.false_captions / taken:.2%}")
    if summary.proposals_per_caption is not None:
        table.add_row("proposals a kept caption", f"{summary.proposals_per_caption:.2f}", "")
    out.print(table)
    if summary.examples:
        out.print()
        for record in summary.examples[:3]:
            example(record)
    rate = (summary.taken - summary.resumed) / summary.seconds if summary.seconds else 0.0
    facts = [
        f"{duration(summary.seconds)}, {rate:,.{0 if rate >= 10 else 1}f} captions/s",
        f"{summary.backend} ({visible(summary.model)})",
    ]
    if summary.resumed:
        facts.append(f"{summary.resumed:,} done by an earlier run")
    # The embedded backend sends nothing: what it is asked would only be taken for traffic.
    if summary.backend != "rules" and (summary.requests or summary.cached):
        facts.append(f"{summary.requests:,} requests, {summary.cached:,} replies from the cache")
    if summary.prompt_tokens or summary.completion_tokens:
        facts.append(f"{summary.prompt_tokens:,} tokens in, {summary.completion_tokens:,} out")
    _sentence(out, Text(" · ".join(facts), style="bright_black"))
    _notes(summary)


def _notes(summary: CaptionSummary | FilterSummary) -> None:
    if summary.unused_columns:
        warning(f"columns of the source that the records don't carry: {', '.join(summary.unused_columns[:12])}")
    for note in summary.notes:
        warning(note)
    out.print(Text(f"written to {summary.out}"), soft_wrap=True)  # whole, to be copied


def filter_summary(summary: FilterSummary) -> None:
    """The equation with its reasons, who decided what, and three examples."""
    out.print(_equation(summary, "records"))
    if summary.verdicts:
        out.print()
        table = _table("verifier", ("absent", "right"), ("present", "right"), ("can't tell", "right"))
        for one in summary.verdicts:
            named = f"{one.verifier} ({one.model})" if one.model else one.verifier
            table.add_row(Text(visible(named)), f"{one.absent:,}", f"{one.present:,}", f"{one.unsure:,}")
        out.print(table)
    if summary.examples:
        out.print()
        for record in summary.examples[:3]:
            example(record)
    rate = (summary.taken - summary.resumed) / summary.seconds if summary.seconds else 0.0
    facts = [f"{duration(summary.seconds)}, {rate:,.{0 if rate >= 10 else 1}f} records/s"]
    if summary.resumed:
        facts.append(f"{summary.resumed:,} done by an earlier run")
    if summary.requests or summary.cached:
        facts.append(f"{summary.requests:,} questions asked, {summary.cached:,} answers from the cache")
    _sentence(out, Text(" · ".join(facts), style="bright_black"))
    _notes(summary)


def check_tables(figures: CheckFigures) -> None:
    """How far verifiers can be trusted: verdicts, shares, calibration and thresholds."""
    out.print(
        f"{figures.answered:,} questions whose answer is known, put to {visible(', then '.join(figures.verifiers))}"
        f"{f'; {figures.failed:,} more failed' if figures.failed else ''}.",
        soft_wrap=True,
    )
    verdicts = _table("", ("judged absent", "right"), ("unsure", "right"), ("judged present", "right"))
    for name, counts in (("truly absent", figures.truly_absent), ("truly present", figures.truly_present)):
        verdicts.add_row(name, f"{counts.absent:,}", f"{counts.unsure:,}", f"{counts.present:,}")
    out.print(verdicts)
    out.print()
    shares = _table("", ("", "right"), ("", "left"))
    low_high = figures.precision_absent_interval
    interval = f"95 %: {low_high[0]:.2%} to {low_high[1]:.2%}" if low_high else ""
    shares.add_row("right, of those decided", _share(figures.accuracy), "")
    shares.add_row('"absent" is right (precision)', _share(figures.precision_absent), interval)
    shares.add_row("of what is absent, found (recall)", _share(figures.recall_absent), "")
    shares.add_row("calibration error (ECE)", _share(figures.ece), "")
    out.print(shares)
    if figures.with_probability:
        out.print()
        bins = _table("P(present)", ("answers", "right"), ("mean", "right"), ("truly present", "right"), ("", "left"))
        for one in figures.bins:
            bar = Text("━" * round(20 * (one.share_present or 0.0)), style="green")
            bins.add_row(
                f"{one.low:.1f} to {one.high:.1f}",
                f"{one.answers:,}",
                _share(one.mean_p),
                _share(one.share_present),
                bar,
            )
        out.print(bins)
    for option, found in (("--absent-below", figures.absent_at), ("--present-above", figures.present_at)):
        what = "absent" if option == "--absent-below" else "present"
        if found is None:
            _sentence(out, f'At no threshold is "{what}" right 99 % of the time.')
        else:
            said = (
                f'"{what}" is right {found.precision:.2%} of the time, and finds {found.recall:.2%} of what is {what}'
            )
            _sentence(out, f"{option} {found.threshold}: {said}.")
    for note in figures.notes:
        warning(note)
    out.print(Text(f"written to {figures.out} and {figures.report}"), soft_wrap=True)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def example(record: CaptionRecord) -> None:
    """A caption and its negation, cues and the negated object marked."""
    _sentence(out, Text(f"  {visible(record.caption.strip())}", style="bright_black"))
    if record.negated_caption:
        _sentence(out, Text("  → ").append_text(_marked(record.negated_caption, record.negated)))
    elif record.negated:
        _sentence(out, Text(f"  → absent: {visible(record.negated)}"))
    if record.false_caption:
        _sentence(out, Text("  ✗ ").append_text(_marked(record.false_caption, None)))


def _marked(caption: str, negated: str | None) -> Text:
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
    table = _table("", ("estimate", "right"))
    table.add_row("captions", f"{estimate.rows:,}")
    table.add_row("requests", f"{estimate.requests:,}")
    table.add_row("tokens in", f"{estimate.prompt_tokens:,}")
    table.add_row("tokens out", f"{estimate.completion_tokens:,}")
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


def prompt_table(prompts: Sequence[Prompt]) -> None:
    """The prompts, a line each."""
    table = _table("prompt", ("id", "left"), ("variables", "left"), ("what it asks", "left"))
    for prompt in prompts:
        table.add_row(prompt.name, prompt.id, ", ".join(prompt.variables), escape(prompt.description))
    out.print(table)


def statistics_table(statistics: CorpusStatistics, unusable: int) -> None:
    """How much a corpus negates, by cue, with examples."""
    out.print(
        f"{statistics.captions:,} captions, {statistics.words:,} words: {statistics.negated_captions:,} captions "
        f"({statistics.negated_share:.2%}) negate something.",
        soft_wrap=True,
    )
    if unusable:
        warning(f"{unusable:,} rows hold no usable caption and were left out of these figures")
    table = _table("cue", ("captions", "right"), ("share", "right"), ("example", "left"))
    for figures in statistics.cues:
        shown = Text()
        if figures.examples:
            shown = _marked(visible(figures.examples[0].strip()), None)
        table.add_row(figures.cue, f"{figures.captions:,}", f"{figures.captions / statistics.captions:.2%}", shown)
    out.print(table)


def line(text: str) -> None:
    """One plain line on standard output."""
    _sentence(out, Text(visible(text)))


def _table(first: str, *columns: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=bool(first or columns), header_style="bold")
    table.add_column(first)
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return table
