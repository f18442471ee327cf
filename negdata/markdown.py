"""Tables in Markdown, of text that nobody vouches for."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_MARKS = re.compile(r"([\\|*\[\]])")
_CODE = re.compile(r"`[^`\n]*`")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing in a cell can end it, or be taken for HTML."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell if at == 1 else escaped(cell) for cell in row) + " |" for at, row in enumerate(lines)
    )


def escaped(text: str) -> str:
    """Text as itself in Markdown, on one line."""
    flat = " ".join(text.split())
    if _CODE.fullmatch(flat):
        return flat.replace("|", "\\|")
    return _MARKS.sub(r"\\\1", html.escape(flat.replace("`", "'"), quote=False))
