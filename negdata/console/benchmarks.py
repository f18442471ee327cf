"""How a benchmark was built, and which there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import account, duration, new_table, out, sentence, visible, warning

if TYPE_CHECKING:
    from negdata.benchmark import BuildSummary
    from negdata.benchmark.definition import Definition


def build_summary(summary: BuildSummary) -> None:
    """The equation with its reasons, what is in the benchmark, and what scores without reading it."""
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in summary.reasons.items())
    sentence(
        account,
        Text.assemble(
            f"{summary.taken:,} {summary.unit} = ",
            (f"{summary.kept:,} items", "green"),
            f" + {summary.rejected:,} rejected",
            f" ({reasons})" if reasons else "",
        ),
    )
    for name, found in (("cue", summary.cues), ("negated", summary.kinds), ("position", summary.positions)):
        if found:
            sentence(account, Text(visible(f"{name}: {_listed(found)}"), style="bright_black"))
    if summary.biases:
        account.print()
        table = new_table("rule that doesn't look", ("accuracy", "right"), ("95 %", "right"), ("chance", "right"))
        for bias in summary.biases:
            name = bias.rule if bias.category is None else f"{bias.rule}, {bias.category} only"
            style = "yellow" if bias.low > bias.chance else ""
            table.add_row(
                Text(visible(name)),
                Text(f"{bias.accuracy:.2%}", style=style),
                f"{100 * bias.low:.1f} to {100 * bias.high:.1f}",
                f"{bias.chance:.1%}",
            )
        account.print(table)
    account.print()
    for what, number in summary.skipped.items():
        if number:
            warning(f"{number:,} left out before: {what}")
    for note in summary.notes:
        warning(note)
    sentence(
        account,
        Text(f"{summary.images:,} images · {duration(summary.seconds)} · {summary.definition}", style="bright_black"),
    )
    account.print(Text(f"written to {summary.out}"), soft_wrap=True)


def definition_table(definitions: Sequence[Definition]) -> None:
    """The benchmark definitions, a line each."""
    table = new_table("benchmark", ("version", "right"), ("suite", "left"), ("built", "left"), ("published", "right"))
    for one in definitions:
        table.add_row(
            one.name, str(one.version), one.suite, "yes" if one.build is not None else "", str(len(one.published))
        )
    out.print(table)


def _listed(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in found.items())
