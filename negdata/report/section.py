"""What a page is made of: sections with views, each a list of items to look through or a panel of figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from negdata.report.pictures import Pictures

Tone = Literal["", "good", "bad", "unsure"]
Item = dict[str, Any]
"""One item of a list, as the page's scripts read it (``page/card.js`` says which keys there are)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the head of a section shows; ``sign`` stands before it: "=", "+"."""

    label: str
    value: str
    tone: Tone = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort a list: by the item's number of this name, those without one last."""

    label: str
    by: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ListView:
    """A list of items.

    Attributes:
        items: makes them, once it is known which pictures can be shown; ``images`` are the names that they show.
        count: how many there are; ``shown`` of them are on the page.
        facets: what the list can be filtered by: the key in an item's ``facets`` → its label.
        orders: ways to sort it, the first from the start.
        marks: the name under which marks are kept; None where items can't be marked.
        empty: what is said where there is none.
        layout: how an item is laid out: ``caption``, ``regions`` or ``choice``.
        legend: whether cues and denied objects are highlighted.
    """

    name: str
    label: str
    count: int
    shown: int
    items: Callable[[Pictures], Sequence[Item]]
    images: Callable[[], Iterable[str | None]]
    facets: Mapping[str, str]
    orders: tuple[Order, ...]
    empty: str
    layout: Literal["caption", "regions", "choice"] = "caption"
    marks: str | None = None
    legend: bool = False


@dataclass(frozen=True, slots=True)
class PanelView:
    """Figures, tables and charts: a template of ``page/`` and what it is given."""

    name: str
    label: str
    template: str
    context: Mapping[str, object]


View = ListView | PanelView


@dataclass(frozen=True, slots=True)
class Section:
    """All that one output shows.

    Attributes:
        eyebrow: what it is, in two or three words.
        lead: what it came to, in a sentence.
        notes: what a reader has to know.
    """

    kind: str
    path: Path
    eyebrow: str
    lead: str
    figures: tuple[Figure, ...]
    views: tuple[View, ...]
    notes: tuple[str, ...] = field(default_factory=tuple)


def cut_notes(view: ListView, how: str) -> list[str]:
    """What is told where not all items are on the page."""
    if view.shown >= view.count:
        return []
    return [f"{view.label}: {view.shown:,} of {view.count:,} are on this page, {how}. --limit shows more."]
