"""The page itself: whatever is in the files stays text, and nothing on it can ask for more."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.report.page import FOLDER, SCRIPTS, STYLES, as_data
from tests.report import made

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> \u2028 & ' \" ]]> {{ 7*7 }}"


class Parsed(HTMLParser):
    """What a browser would make of a page: its elements with what they hold."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag == "script"
        if self._open:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts[-1] += data


def parsed(page: Path) -> Parsed:
    found = Parsed()
    found.feed(page.read_text(encoding="utf-8"))
    return found


texts = st.text(max_size=60) | st.sampled_from([HOSTILE, "</script", "<!--", "\u2029", "</SCRIPT >", "&lt;"])
values = st.recursive(
    texts | st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(value=values)
def test_data_is_what_it_was_and_ends_no_element(value: Any) -> None:
    told = as_data(value)
    assert json.loads(told) == value
    assert not re.search("[<>&\u2028\u2029]", told)


@settings(max_examples=15, deadline=None)
@given(text=texts.filter(lambda text: text.strip()))
def test_a_caption_is_text_whatever_it_says(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("page")
    one = made.caption(text, image=None, caption=text, negated_caption=text, negated=text)
    out = made.captions_output(folder, [one], [one.model_copy(update={"id": "2"})], reasons={text: 1}, command=text)
    page, _ = made.shown(folder, out, title=text)
    found = parsed(page)
    assert [tag for tag, _ in found.elements].count("script") == 5  # three lists, the images, the program
    (item,) = json.loads(found.scripts[0])["items"]
    assert (item["id"], item["was"] or item["text"]) == (text, text)
    assert not [tag for tag, _ in found.elements if tag in ("img", "iframe", "object")]


def test_names_of_files_and_models_are_text(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.jsonl"
    path = made.region_predictions(tmp_path, models=(HOSTILE,)).rename(tmp_path / name)
    page, _ = made.shown(tmp_path, path)
    found = parsed(page)
    assert "img" not in [tag for tag, _ in found.elements]
    assert html.escape(name, quote=False) in page.read_text()


def test_no_element_names_anything_outside(tmp_path: Path) -> None:
    outputs = [made.filtered(tmp_path), made.regions(tmp_path), made.checked(tmp_path), made.training(tmp_path)]
    page, _ = made.shown(tmp_path, *outputs)
    found = parsed(page)
    for tag, attributes in found.elements:
        for name in ("src", "href", "action", "data", "srcset", "style"):
            value = attributes.get(name) or ""
            assert value.startswith(("data:", "#")) or not value, (tag, name, value)
        assert not [name for name in attributes if name.startswith("on")]
    policy = next(a["content"] for t, a in found.elements if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "img-src data:;" in policy


def test_our_own_scripts_never_make_markup_of_data() -> None:
    for name in SCRIPTS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|</", text
        ), name
    assert {path.name for path in FOLDER.iterdir() if path.suffix in (".js", ".css")} == {*SCRIPTS, *STYLES}


def test_what_is_named_twice_by_its_siblings_is_refused(tmp_path: Path) -> None:
    out = made.captions_output(tmp_path, [made.caption("a")], [made.caption("b")])
    with pytest.raises(NegdataError, match="named as well"):
        made.shown(tmp_path, out, tmp_path / "clean.rejected.jsonl")


def _colours() -> dict[str, tuple[str, str]]:
    """The tokens of the style sheet: in light, and in dark."""
    text = (FOLDER / "base.css").read_text(encoding="utf-8")
    return {m[1]: (m[2], m[3]) for m in re.finditer(r"--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)", text)}


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_what_it_stands_on(theme: int) -> None:
    """WCAG 2.2 AA: 4.5 to 1."""
    colours = {name: both[theme] for name, both in _colours().items()}
    pairs = [(ink, on) for ink in ("ink", "soft", "dim", "accent") for on in ("paper", "card", "void", "raised")]
    pairs += [(tone, on) for tone in ("good", "bad", "unsure") for on in ("paper", "card", f"{tone}-soft")]
    pairs += [
        ("ink", "unsure-soft"),
        ("accent", "accent-soft"),
        ("on-accent", "accent"),
        ("card", "good"),
        ("card", "bad"),
    ]
    for ink, on in pairs:
        one, other = sorted((_luminance(colours[ink]), _luminance(colours[on])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, f"{ink} on {on}"
