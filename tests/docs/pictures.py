"""Makes the pictures of README and docs from real runs; by hand, whenever what they show has changed.

    negdata demo
    python -m tests.docs.pictures negdata-demo
    python -m tests.docs.pictures negdata-demo --only why report

``why`` and ``report`` show the given run; ``demo`` runs ``negdata demo`` once more, for what it prints. Chromium
draws all but the terminal.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from rich.console import Console
from rich.text import Text

from negdata.records import read_lines
from negdata.whole_files import write_whole
from tests.report.browser import chromium, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLUMNS = 116
"""So many that no row of the table is broken."""
_WINDOW, _PHONE = (1_280, 800), (390, 844)
_SHARP = 2
"""Pixels of a picture for one of the page: many screens have as many."""
_PHRASE = re.compile(r"(an? (?:\w+ )?\w+) without (an? \w+)")
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


# The picture at the top of the README.


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase that was read wrongly before and is read rightly after.

    Attributes:
        shown: what the phrase says is there, with its article; ``absent`` is what it says isn't.
        wall: the image of both pictures.
        boxes: what a model sees of each, from left to right.
        fitting: which of them the phrase is about.
        before: how similar each is to the phrase before training, ``after`` after it.
    """

    shown: str
    absent: str
    wall: Path
    boxes: tuple[tuple[float, ...], ...]
    fitting: int
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def gain(self) -> float:
        """By how much the fitting picture has moved ahead of the other."""
        other = 1 - self.fitting
        return (self.after[self.fitting] - self.after[other]) - (self.before[self.fitting] - self.before[other])


def example(folder: Path) -> Example:
    """Of a demonstration's phrases of the form "a cat without a dog", the one that changed most.

    The picture that it is about hangs on the right: what came before is then read first.
    """
    of: dict[str, dict[str, Any]] = {"small-clip": {}, "negationclip": {}}
    for line in read_lines(folder / "predictions.jsonl"):
        model = Path(line["model"]).name
        if Path(line["bench"]).name == "strict.json" and "scores" in line and model in of:
            of[model][line["id"]] = line
    before, after = of["small-clip"], of["negationclip"]
    found = [
        _example(folder, before[one], after[one], said)
        for one in before
        if one in after and (said := _PHRASE.fullmatch(before[one]["texts"][0])) and _flipped(before[one], after[one])
    ]
    return max(found, key=lambda one: (one.fitting == 1, one.gain))


def _flipped(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return bool(before["credit"] == 0 and after["credit"] == 1)


def _example(folder: Path, before: Mapping[str, Any], after: Mapping[str, Any], said: re.Match[str]) -> Example:
    views = before["views"]
    order = sorted(range(len(views)), key=lambda place: views[place]["box"][0])
    return Example(
        shown=said[1],
        absent=said[2],
        wall=folder / "test" / "images" / views[0]["image"],
        boxes=tuple(tuple(views[place]["box"]) for place in order),
        fitting=order.index(before["right"]),
        before=tuple(before["scores"][place] for place in order),
        after=tuple(after["scores"][place] for place in order),
    )


_WHY_STYLE = """
body { margin: 0; font: 17px/1.4 system-ui, "DejaVu Sans", sans-serif; color: #1f2328; }
main { display: inline-block; padding: 22px 34px 26px; background: #f7f6f3; border: 1px solid #d9d6cf; }
h1 { margin: 0 0 18px; font-size: 25px; font-weight: 500; text-align: center; }
b { font-weight: 700; }
b.no { color: #0b6b63; text-decoration: underline; text-decoration-thickness: 3px; text-underline-offset: 4px; }
div.two { display: flex; gap: 28px; }
figure { margin: 0; width: 340px; }
img { display: block; width: 340px; height: 340px; border-radius: 8px; }
figcaption { margin-top: 12px; padding: 9px 14px; border-radius: 8px; font-weight: 600; text-align: center; }
figcaption span { display: block; font-weight: 400; font-size: 15px; color: #484e55; }
.wrong { background: #fbe3e0; color: #a1251b; }
.right { background: #dcefe2; color: #14663a; }
"""


def why(folder: Path) -> str:
    """The page of the README's first picture, as HTML."""
    one = example(folder)
    with Image.open(one.wall) as wall:
        figures = "".join(_figure(one, place, wall) for place in range(len(one.boxes)))
    asked = f"Which picture is “<b>{escape(one.shown)} <b class=no>without</b> {escape(one.absent)}</b>”?"
    body = f"<main><h1>{asked}</h1><div class=two>{figures}</div></main>"
    return f"<!DOCTYPE html><html lang=en><meta charset=utf-8><style>{_WHY_STYLE}</style><body>{body}"


def _figure(one: Example, place: int, wall: Image.Image) -> str:
    left, top, width, height = one.boxes[place]
    part = wall.convert("RGB").crop((round(left), round(top), round(left + width), round(top + height)))
    part = part.resize((part.width * 3, part.height * 3), Image.Resampling.LANCZOS)
    right = place == one.fitting
    scores, said = (one.after, "✓ the same CLIP, fine-tuned") if right else (one.before, "✗ a small CLIP, before")
    beside = f"takes this one, by {scores[place] - scores[1 - place]:.2f} of similarity"
    told = f"<figcaption class={'right' if right else 'wrong'}>{said}<span>{beside}</span></figcaption>"
    return f'<figure><img src="data:image/png;base64,{_encoded(part)}">{told}</figure>'


def _encoded(picture: Image.Image) -> str:
    written = BytesIO()
    picture.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


# What the terminal shows.


def printed() -> str:
    """What ``negdata demo`` prints in a terminal with colours."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "negdata.cli", "demo"],
            cwd=folder,
            env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return done.stdout


def terminal(said: str) -> str:
    """The end of it, from the table on, as a picture of a terminal: an SVG that fetches nothing."""
    lines = said.splitlines()
    last = max(place for place, line in enumerate(lines) if "$ negdata report" in Text.from_ansi(line).plain)
    shown = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    shown.print(Text.from_ansi("\x1b[90m$\x1b[0m \x1b[36mnegdata demo\x1b[0m\n\x1b[90m…\x1b[0m"))
    for line in lines[last + 1 :]:
        shown.print(Text.from_ansi(line.rstrip()))
    svg = shown.export_svg(title="negdata demo", unique_id="negdata-demo")
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace(' clip-path="url(#negdata-demo-clip-terminal)"', "")  # it cuts the last line off at its foot
    return svg.replace("Fira Code, monospace", _FONTS)


# The report's page.


def pages(browser: Browser, report: Path) -> Iterable[tuple[str, bytes]]:
    """(name, PNG) of each view of a report that is shown."""
    shots: tuple[tuple[str, tuple[int, int], Callable[[Page], None]], ...] = (
        ("report-captions", _WINDOW, _captions),
        ("report-benchmark", _WINDOW, _benchmark),
        ("report-training", _WINDOW, _training),
        ("report-phone", _PHONE, _captions),
    )
    for name, size, show in shots:
        with opened(browser, report, size=size) as found:
            page = found.page
            page.emulate_media(color_scheme="light")
            show(page)
            page.wait_for_timeout(500)
            yield name, page.screenshot()


def _captions(page: Page) -> None:
    _to_top(page)


def _benchmark(page: Page) -> None:
    """What was read wrongly before, and rightly after."""
    page.locator(".sections [role=tab]").nth(1).click()
    page.get_by_label("small-clip").first.select_option(value="wrong")
    page.get_by_label("negationclip").first.select_option(value="right")
    _to_top(page)


def _training(page: Page) -> None:
    page.locator(".sections [role=tab]").nth(2).click()
    _to_top(page)


def _to_top(page: Page) -> None:
    page.locator(".output:not([hidden])").evaluate("one => scrollTo(0, one.getBoundingClientRect().top - 16)")


# All of them.


def _drawn(browser: Browser, html: str) -> bytes:
    page = browser.new_page(viewport={"width": 1_000, "height": 800}, device_scale_factor=_SHARP)
    page.set_content(html)
    png = page.locator("main").screenshot()
    page.close()
    return png


def _write(name: str, png: bytes) -> None:
    """In 256 colours, which is a third of the size."""
    with Image.open(BytesIO(png)) as picture:
        small = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=4)
    written = BytesIO()
    small.save(written, "PNG", optimize=True)
    _told(PICTURES / f"{name}.png", written.getvalue())


def _told(path: Path, content: bytes) -> None:
    write_whole(path, content)
    print(f"{path.name}: {len(content) / 1000:,.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what negdata demo has written")
    kinds = ("why", "demo", "report")
    parser.add_argument("--only", nargs="+", choices=kinds, default=kinds)
    options = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    if "demo" in options.only:
        _told(PICTURES / "demo.svg", terminal(printed()).encode())
    with chromium() as browser:
        if "why" in options.only:
            _write("why", _drawn(browser, why(options.folder)))
        if "report" in options.only:
            for name, png in pages(browser, options.folder / "report.html"):
                _write(name, png)


if __name__ == "__main__":
    main()
