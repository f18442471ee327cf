"""What every datasheet says: known flaws, published scores, and counts."""

from __future__ import annotations

from collections.abc import Mapping

from negdata.benchmark.definition import Definition
from negdata.markdown import escaped, table


def flaws_section(definition: Definition) -> str:
    """The known flaws as a list; empty where none are known."""
    if not definition.flaws:
        return ""
    return "## Known flaws\n\n" + "\n".join(f"- {escaped(flaw)}" for flaw in definition.flaws)


def published_section(definition: Definition) -> str:
    """The scores that others published, as such; empty where there are none."""
    if not definition.published:
        return ""
    rows = [(score.model, score.metric, f"{score.value:.2f}", score.source) for score in definition.published]
    return "## Published scores\n\nNot measured here.\n\n" + table(("model", "metric", "percent", "source"), rows)


def counts_table(name: str, values: Mapping[str, int], what: str = "items") -> str:
    """How many there are of each."""
    return table((name, what), [(key, f"{number:,}") for key, number in values.items()])
