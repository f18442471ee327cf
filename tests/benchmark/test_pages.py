"""The pages of a benchmark: nothing in a file can end a table or become HTML."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

from negdata.benchmark.contact_sheet import write_contact_sheet
from negdata.benchmark.datasheet import datasheet
from negdata.benchmark.definition import load_definition
from negdata.benchmark.negrefcocog import build_regions
from negdata.markdown import escaped, table
from tests.benchmark.corpora import corpus_of, image_of
from tests.benchmark.test_negrefcocog import LEFT, PUBLISHED, RIGHT, STRICT, build_of

HOSTILE = "man | with no <script>alert(1)</script> `hat`\n# and *stars*"


def test_the_datasheet_counts_and_escapes() -> None:
    images = [image_of([(1, LEFT), (1, RIGHT)], {at % 2: [f"man {at} with no hat"]}, number=at) for at in range(1, 9)]
    images.append(image_of([(1, LEFT), (1, RIGHT)], {0: [HOSTILE], 1: ["dog 3 with no . 4"]}, number=9))
    corpus = corpus_of(*images)
    definition, beside = load_definition(STRICT), load_definition(PUBLISHED)
    strict, published = build_regions(corpus, build_of(STRICT)), build_regions(corpus, build_of(PUBLISHED))
    page = datasheet(definition, build_of(STRICT), corpus, strict, (beside, published), "negdata build-bench", "none")
    assert f"{strict.taken} = {len(strict.items)} items + {len(strict.rejected)} rejected." in page
    assert f"from the same source: {len(published.items)} of {published.taken}" in page
    assert "<script" not in page
    assert "| first |" in page
    widths = {
        block: {line.count(" | ") for line in block.splitlines()} for block in page.split("\n\n") if "| ---" in block
    }
    assert all(len(found) == 1 for found in widths.values()), widths


def test_cells_stay_cells() -> None:
    assert table(("a",), [(HOSTILE,)]).count("\n") == 2
    assert escaped("a|b<c") == r"a\|b&lt;c"


def test_the_contact_sheet_draws_what_is_there_first(tmp_path: Path) -> None:
    images = [image_of([(1, LEFT), (1, RIGHT)], {0: [f"man {at} with no hat"]}, number=at) for at in range(1, 9)]
    images.append(image_of([(1, LEFT), (1, RIGHT)], {0: ["<b>man</b> with no hat"]}, number=9))
    built = build_regions(corpus_of(*images), build_of(PUBLISHED))
    for number in (7, 9):
        Image.new("RGB", (640, 480), "teal").save(tmp_path / f"COCO_train2014_{number:012}.jpg")
    there = write_contact_sheet("A <title>", built.items, 4, tmp_path, tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert there == 2
    assert page.count("<article>") == 4
    assert page.count("data:image/jpeg;base64,") == 2
    assert page.index("man 7") < page.index("man 1")
    assert "<b>man" not in page
    assert "&lt;b&gt;man" in page
    assert "A &lt;title&gt;" in page
    assert not re.search(r"<script|src=|https?://", page)
    item = built.items[0]
    for box in (*item.boxes, *item.bbox_list):
        assert f'x="{box[0]}" y="{box[1]}" width="{box[2]}" height="{box[3]}"' in page


def test_a_page_without_images_shows_the_boxes(tmp_path: Path) -> None:
    built = build_regions(corpus_of(image_of([(1, LEFT), (1, RIGHT)], {0: ["man with no hat"]})), build_of(PUBLISHED))
    assert write_contact_sheet("title", built.items, 20, None, tmp_path / "sheet.html") == 0
    assert "no folder of images was given" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
