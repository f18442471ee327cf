"""Tables about prompts and about a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from negdata.console.base import new_table, out, visible, warning
from negdata.console.captions import marked

if TYPE_CHECKING:
    from negdata.negation import CorpusStatistics
    from negdata.prompts import Prompt


def prompt_table(prompts: Sequence[Prompt]) -> None:
    """The prompts, a line each."""
    table = new_table("prompt", ("id", "left"), ("variables", "left"), ("what it asks", "left"))
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
    table = new_table("cue", ("captions", "right"), ("share", "right"), ("example", "left"))
    for figures in statistics.cues:
        shown = Text()
        if figures.examples:
            shown = marked(visible(figures.examples[0].strip()), None)
        table.add_row(figures.cue, f"{figures.captions:,}", f"{figures.captions / statistics.captions:.2%}", shown)
    out.print(table)
