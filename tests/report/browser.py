"""A real Chromium that opens pages from disk, and sees what they ask for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips with the reason where there is none."""
    api = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("there is no chromium to open pages with: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page, and what it did: errors, and requests beyond itself."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


def _note(dialog: Dialog, found: Opened) -> None:
    found.dialogs.append(dialog.message)
    dialog.accept()


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    *,
    size: tuple[int, int] = (1_280, 860),
    context: BrowserContext | None = None,
    before: str | None = None,
    linked: Path | None = None,
    failing: bool = False,
) -> Iterator[Opened]:
    """A report, opened from disk; at its end nothing has left the page and no script has failed.

    Args:
        before: a script that runs before the page's own.
        linked: the folder of images that the page may ask for; ``failing``: whether one may be missing.
    """
    own = browser.new_context(viewport={"width": size[0], "height": size[1]}) if context is None else None
    within = context or own
    assert within is not None
    page = within.new_page()
    found = Opened(page)
    address = path.resolve().as_uri()
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: _note(dialog, found))
    page.on("request", lambda asked: found.requests.append(asked.url))
    if before is not None:
        page.add_init_script(before)
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    yield found
    allowed = ("data:", "blob:", *((linked.resolve().as_uri(),) if linked is not None else ()))
    beyond = [url for url in found.requests if url.split("#")[0] != address and not url.startswith(allowed)]
    assert not beyond
    assert not found.errors or failing
    page.close()
    if own is not None:
        own.close()
