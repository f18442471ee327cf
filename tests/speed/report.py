"""A page of 10,000 captions in a real browser: how long until it can be used, and how it scrolls.

python -m tests.speed.report [--captions 10000] [--images FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from itertools import islice
from pathlib import Path

from negdata.records import CaptionRecord, Verdict
from negdata.report import ReportSettings, write_report
from tests.report.browser import chromium, opened
from tests.report.made import write_lines
from tests.report.test_browser import WITHOUT_HOLES
from tests.speed.common import captions, print_table

SIZES = {"desktop, 1280 x 860": (1_280, 860), "phone, 390 x 844": (390, 844)}
STEPS = 200
IMAGES = 2_000
"""Distinct ones, five captions each."""


def corpus(folder: Path, number: int, images: Path | None) -> Path:
    """Judged captions; where there are images, copies of them under as many names as it takes."""
    found = sorted(images.glob("*.jpg")) if images is not None else []
    if found:
        (folder / "images").mkdir()
        for at in range(min(IMAGES, number)):
            shutil.copy(found[at % len(found)], folder / "images" / f"{at}.jpg")
    records = (
        CaptionRecord(
            id=f"c{at}",
            image=f"{at // 5 % IMAGES}.jpg",
            caption=text,
            negated="umbrella",
            negated_caption=f"{text[:-1]} with no umbrella.",
            verdict=Verdict(p_present=at % 1_000 / 3_334, present=False, verifier="qwen-vl"),
        )
        for at, text in enumerate(islice(captions(), number))
    )
    return write_lines(folder / "captions.jsonl", records)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, default=10_000)
    parser.add_argument("--images", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = corpus(folder, arguments.captions, arguments.images)
        out = folder / "report.html"
        shown = (folder / "images",) if (folder / "images").is_dir() else ()
        began = time.perf_counter()
        summary = write_report(ReportSettings(paths=(source,), out=out, images=shown))
        print(
            f"{arguments.captions:,} captions, {summary.embedded:,} images held, {summary.linked:,} linked: written in "
            f"{time.perf_counter() - began:.1f} s, {summary.bytes / 1e6:.1f} MB\n"
        )
        rows = []
        with chromium() as browser:
            for label, size in SIZES.items():
                began = time.perf_counter()
                with opened(browser, out, size=size, linked=shown[0] if shown else None) as found:
                    found.page.locator("article").first.wait_for()
                    until = time.perf_counter() - began
                    seen = found.page.evaluate(WITHOUT_HOLES, STEPS)
                frames = [f"{seen[name]:.0f}" for name in ("median", "p95", "worst")]
                rows.append([label, f"{until:.2f}", *frames, f"{seen['holes']} of {seen['looked']}", seen["cards"]])
    print_table(["window", "opens, s", "frame, ms", "95 %", "worst", "holes", "cards at most"], rows)


if __name__ == "__main__":
    main()
