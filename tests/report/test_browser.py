"""Reports in a real browser: opened from disk, filtered, gone through by keyboard, marked, exported, applied."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from negdata.report.page import FOLDER
from tests.busy import slack
from tests.cli.command import negdata
from tests.report import made
from tests.report.browser import chromium, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "A cat <img src=x onerror=alert(1)></script><script>alert(2)</script> with no dog\u2028 &amp; <!--"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve captions, filtered in earnest."""
    folder = tmp_path_factory.mktemp("filtered")
    return made.shown(folder, made.filtered(folder))[0]


def cards(page: Page) -> list[str]:
    """The captions in sight, in their order."""
    return page.locator(".view:not([hidden]) article .says").all_inner_texts()


def current(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.querySelector('.says').textContent")
    return found


@pytest.mark.parametrize("kind", ["captions", "benchmark", "predictions", "check", "training", "unfinished", "all"])
def test_every_kind_opens_and_asks_for_nothing(browser: Browser, tmp_path: Path, kind: str) -> None:
    make: dict[str, Callable[[Path], Path]] = {
        "captions": made.filtered,
        "benchmark": made.regions,
        "predictions": made.region_predictions,
        "check": made.checked,
        "training": made.training,
        "unfinished": lambda folder: made.training(folder, finished=False),
    }
    paths = [make[kind](tmp_path)] if kind in make else [made.filtered(tmp_path), made.regions(tmp_path)]
    page_file, summary = made.shown(tmp_path, *paths)
    with opened(browser, page_file) as found:
        page = found.page
        for section in range(len(summary.sections)):
            if len(summary.sections) > 1:
                page.locator(".sections [role=tab]").nth(section).click()
            for tab in page.locator(".output:not([hidden]) .views [role=tab]").all():
                tab.click()
                panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
                assert panel.is_visible()
                assert panel.inner_text().strip()
        assert page.locator(".output").count() == len(summary.sections)


def test_the_list_is_filtered_searched_and_sorted(browser: Browser, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        count = page.locator(".view:not([hidden]) output")
        assert count.inner_text() == "8 items"
        page.get_by_label("Search").first.fill("number 11")
        count.get_by_text("1 of 8").wait_for()
        assert cards(page) == ["A cat, number 11, no dog."]
        page.get_by_role("button", name="Show all").first.click()
        page.get_by_label("Order").first.select_option(label="By image")
        assert cards(page)[0] == "A cat, number 0, no dog."
        page.get_by_label("Search").first.fill("zebra")
        page.get_by_text("Nothing matches").first.wait_for()
        page.get_by_role("tab", name="Rejected").click()
        page.get_by_label("Reason").select_option(value="present") if page.get_by_label("Reason").count() else None
        assert len(cards(page)) == 4


def test_through_the_items_by_keyboard(browser: Browser, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        order = cards(page)
        for key, expected in (("j", 0), ("j", 1), ("k", 0), ("ArrowRight", 1), ("End", 7), ("Home", 0)):
            page.keyboard.press(key)
            assert current(page) == order[expected], key
        page.keyboard.press("ArrowDown")
        assert order.index(current(page)) > 1  # a row further
        assert page.locator("article[tabindex='0']").count() == 1
        page.keyboard.press("?")
        assert page.get_by_role("dialog", name="Keys").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Item")
        assert dialog.is_visible()
        page.keyboard.press("j")
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.type") == "search"


def test_marks_are_kept_exported_and_applied(browser: Browser, tmp_path: Path) -> None:
    page_file, _ = made.shown(tmp_path, made.filtered(tmp_path))
    context = browser.new_context(accept_downloads=True)
    with opened(browser, page_file, context=context) as found:
        page = found.page
        page.keyboard.press("j")
        first = current(page)
        page.keyboard.press("Shift+W")  # and on to the next
        second = current(page)
        page.keyboard.press("r")
        page.keyboard.press("n")
        page.keyboard.type("rather dark")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.get_by_text("Marks: 2").first.wait_for()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Item")
        dialog.get_by_label("Note").fill("rather dark, and blurred")
        dialog.get_by_role("button", name="Next").click()  # what was written stays, and the click counts
        assert dialog.get_by_role("status").inner_text().startswith("3 of")
        dialog.get_by_role("button", name="Wrong").click()
        dialog.get_by_role("button", name="Wrong").click()  # and taken back
        page.keyboard.press("Escape")
        page.get_by_text("Marks: 2").first.wait_for()
    with opened(browser, page_file, context=context) as found:  # kept between visits
        page = found.page
        page.get_by_label("Mark", exact=True).first.select_option(value="wrong")
        assert cards(page) == [first]
        page.get_by_text("Marks: 2").first.click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Export").first.click()
        download.value.save_as(tmp_path / "marks.jsonl")
    context.close()
    marks = {
        one["negated_caption"]: one for one in map(json.loads, (tmp_path / "marks.jsonl").read_text().splitlines())
    }
    assert {text: one["mark"] for text, one in marks.items()} == {first: "wrong", second: "right"}
    assert marks[second]["note"] == "rather dark, and blurred"
    done = negdata(
        *("filter", "captions.jsonl", "--verifier", "instances", "--instances", "truth.json"),
        *("--marks", "marks.jsonl", "-o", "marked.jsonl", "--json"),
        folder=tmp_path,
    )
    assert json.loads(done.stdout)["marks"] == {"right": 1, "wrong": 1, "notes_only": 0, "changed": 0, "unknown": 0}
    rejected = {
        one["id"]: one for one in map(json.loads, (tmp_path / "marked.rejected.jsonl").read_text().splitlines())
    }
    assert rejected[marks[first]["id"]]["reason"] == "marked-wrong"


def test_marks_are_imported_and_a_file_of_none_changes_nothing(browser: Browser, report: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "marks.jsonl", tmp_path / "bad.jsonl"
    text = "A cat, number 0, no dog."
    good.write_text(json.dumps({"id": "r0", "mark": "wrong", "negated_caption": text}) + "\n")
    bad.write_text(json.dumps({"id": "r2", "mark": "right"}) + '\n{"id": "r3", "mark": "maybe"}\n')
    with opened(browser, report) as found:
        page = found.page
        page.locator("input[type=file]").first.set_input_files(bad)
        page.locator("#said").get_by_text("Line 2 is no mark").wait_for()
        page.locator("input[type=file]").first.set_input_files(good)
        page.get_by_text("Marks: 1").first.wait_for()
        page.get_by_label("Mark", exact=True).first.select_option(value="wrong")
        assert cards(page) == [text]


def test_marks_last_while_the_page_is_open_where_nothing_can_be_kept(browser: Browser, report: Path) -> None:
    forbid = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } });"
    with opened(browser, report, before=forbid) as found:
        page = found.page
        page.keyboard.press("j")
        page.keyboard.press("r")
        page.get_by_text("Marks: 1").first.click()
        page.get_by_text("keeps nothing of this page").first.wait_for()


def test_hostile_captions_and_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    image = "<img src=x onerror=alert(3)>.png"
    made.photo(tmp_path / "images" / image)
    one = made.caption(HOSTILE, image, caption=HOSTILE, negated_caption=HOSTILE, negated="<b>dog</b>")
    out = made.captions_output(tmp_path, [one, made.caption("2", "<svg onload=alert(4)>.png")])
    path = out.rename(tmp_path / "<u>name<u>.jsonl")
    page_file, _ = made.shown(tmp_path, path, title="<script>alert(5)</script>")
    with opened(browser, page_file) as found:
        page = found.page
        assert page.locator("article .says").first.text_content() == HOSTILE
        page.locator("article .picture").first.click()
        assert page.get_by_role("dialog", name="Item").is_visible()
        assert not found.dialogs
        assert page.locator("img[src=x], svg[onload], u, .says b, .says script").count() == 0
        assert page.title().startswith("<script>alert(5)</script>")


@pytest.mark.parametrize("size", [(1_280, 860), (360, 740)], ids=["desktop", "phone"])
def test_ten_thousand_captions_open_fast_and_scroll_without_holes(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "ten-thousand"
    if not (folder / "report.html").is_file():
        folder.mkdir(exist_ok=True)
        kept = [made.caption(f"c{at}", None, at % 100 / 100) for at in range(10_000)]
        made.shown(folder, made.write_lines(folder / "many.jsonl", kept))
    began = time.monotonic()
    with opened(browser, folder / "report.html", size=size) as found:
        found.page.locator("article").first.wait_for()
        assert time.monotonic() - began < 15 + slack()
        seen = found.page.evaluate(WITHOUT_HOLES, 60)
        assert seen["holes"] == 0
        assert seen["looked"] > 60
        assert seen["cards"] < 80  # only what is in sight is there


WITHOUT_HOLES = (Path(__file__).parent / "scrolling.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["captions", "regions", "training"])
def test_a_phone_of_360_pixels_shows_all_of_it(browser: Browser, tmp_path: Path, kind: str) -> None:
    make: dict[str, Callable[[Path], Path]] = {
        "captions": made.filtered,
        "regions": made.regions,
        "training": made.training,
    }
    page_file, _ = made.shown(tmp_path, make[kind](tmp_path))
    with opened(browser, page_file, size=(360, 740)) as found:
        page = found.page
        for tab in page.locator(".views [role=tab]").all():
            tab.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_colours_are_switched_and_remembered(browser: Browser, report: Path) -> None:
    context = browser.new_context(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, report, context=context) as found:
        light = found.page.evaluate(paper)
        for _ in range(2):
            found.page.get_by_role("button", name="Colours").click()
        dark = found.page.evaluate(paper)
        assert dark != light
    with opened(browser, report, context=context) as found:
        assert found.page.evaluate(paper) == dark
    context.close()


def test_every_control_has_a_name_and_every_tab_its_panel(browser: Browser, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        unnamed = page.evaluate(
            "[...document.querySelectorAll('button, select, input, summary')].filter(one => "
            "!(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).length"
        )
        assert unnamed == 0
        tabs = page.locator("[role=tab]")
        tabs.first.focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
        assert page.locator("main").count() == 1
        assert (FOLDER / "base.css").read_text().count("prefers-reduced-motion") == 1


def test_linked_images_are_shown_and_one_that_is_gone_says_so(browser: Browser, tmp_path: Path) -> None:
    for name in ("a b.png", "gone.png"):
        made.photo(tmp_path / "images" / name)
    out = made.captions_output(tmp_path, [made.caption("1", "a b.png"), made.caption("2", "gone.png")])
    page_file, summary = made.shown(tmp_path, out, embed=0)
    assert summary.linked == 2
    (tmp_path / "images" / "gone.png").unlink()
    with opened(browser, page_file, linked=tmp_path / "images", failing=True) as found:
        found.page.get_by_text("isn't where this page looks for it").wait_for()
        assert found.page.evaluate("document.querySelector('article img').naturalWidth") == 64
