"""Puts a page together: one HTML file that holds its styles, scripts and data, and can't ask for more."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from markupsafe import Markup
from pydantic import JsonValue

from negdata import __version__
from negdata.report.pictures import Pictures
from negdata.report.section import ListView, Section, View

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).with_name("page")
STYLES = ("base.css", "sections.css", "bar.css", "cards.css", "detail.css", "panels.css")
SCRIPTS = (
    "dom.js",
    "store.js",
    "pictures.js",
    "marks.js",
    "filter.js",
    "card.js",
    "grid.js",
    "detail.js",
    "bar.js",
    "gallery.js",
    "keys.js",
    "page.js",
)


def render(title: str, sections: Sequence[Section], pictures: Pictures, notes: Sequence[str]) -> bytes:
    """The page. Whatever comes from files is text on it: escaped in HTML and in data, and set as text by scripts.

    Args:
        pictures: settled.
    """
    style = Markup(_joined(STYLES))  # noqa: S704  ours
    script = Markup(f'"use strict";\n(() => {{\n{_joined(SCRIPTS)}}})();\n')  # noqa: S704  ours
    page = _environment().get_template("page.html.j2")
    return page.render(
        title=title,
        version=__version__,
        policy=policy(str(style), str(script), linked=pictures.linked > 0),
        style=style,
        script=script,
        sections=[(f"s{number}", section) for number, section in enumerate(sections, 1)],
        is_list=lambda view: isinstance(view, ListView),
        data=lambda view: as_data(_list_data(view, pictures)),
        images=as_data([one.to_json() for one in pictures.shown]),
        notes=notes,
    ).encode("utf-8", "replace")


def as_data(value: JsonValue) -> Markup:
    """A value as JSON that can stand in a script element: none of its characters ends it, or opens a comment."""
    text = orjson.dumps(value).decode()
    # JSON has these in strings alone; U+2028 and U+2029 end a line of older scripts.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  escaped above


def policy(style: str, script: str, *, linked: bool) -> str:
    """The content security policy: this very style and script, images that are in the page or in files beside it."""
    images = "data: 'self' file:" if linked else "data:"
    return (
        f"default-src 'none'; img-src {images}; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _list_data(view: View, pictures: Pictures) -> JsonValue:
    assert isinstance(view, ListView)
    return {
        "name": view.name,
        "label": view.label,
        "count": view.count,
        "layout": view.layout,
        "marks": view.marks,
        "empty": view.empty,
        "legend": view.legend,
        "facets": [[key, label] for key, label in view.facets.items()],
        "orders": [{"label": one.label, "by": one.by, "descending": one.descending} for one in view.orders],
        "items": [*view.items(pictures)],
    }


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    return environment


def _joined(names: Sequence[str]) -> str:
    return "".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
