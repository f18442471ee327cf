"""What recipes there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import new_table, out, visible

if TYPE_CHECKING:
    from negdata.train.recipe import Recipe


def recipe_table(recipes: Sequence[Recipe]) -> None:
    """The recipes, a line each."""
    table = new_table(
        "recipe",
        ("version", "right"),
        ("trained", "left"),
        ("epochs", "right"),
        ("batch", "right"),
        ("lr", "right"),
        ("contrast", "left"),
    )
    for one in recipes:
        table.add_row(
            Text(visible(one.name)),
            str(one.version),
            one.trained.layers,
            str(one.epochs),
            str(one.batches.size),
            f"{one.optimizer.lr:g}",
            "yes" if one.contrast is not None else "",
        )
    out.print(table)
