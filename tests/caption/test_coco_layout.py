"""The paper's COCO layout: what was kept, with ids that tell images and captions apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.caption.coco_layout import write_coco_layout
from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.sources import Row, open_source


def record(number: int, **fields: Any) -> CaptionRecord:
    given = {"id": f"r{number}", "image": f"{number}.jpg", "caption": "A dog.", "negated_caption": "A dog, no cat."}
    return CaptionRecord.model_validate(given | fields)


def layout(folder: Path, records: list[CaptionRecord]) -> dict[str, Any]:
    captions = folder / "out.jsonl"
    captions.write_bytes(b"".join(one.to_line() for one in records))
    assert write_coco_layout(captions, folder / "out.json") == len(records)
    written: dict[str, Any] = json.loads((folder / "out.json").read_bytes())
    return written


def test_own_ids_are_kept(tmp_path: Path) -> None:
    one = record(1, image_id=9, caption_id=38, negated="cat", false_caption="No dog here.")
    whole = layout(tmp_path, [one, record(2, image="1.jpg", image_id=9, caption_id="b")])
    assert whole["images"] == [{"id": 9, "file_name": "1.jpg"}]
    assert whole["annotations"] == [
        {
            "image_id": 9,
            "id": 38,
            "caption": "A dog.",
            "updated_caption": "A dog, no cat.",
            "negated": "cat",
            "false_caption": "No dog here.",
        },
        {"image_id": 9, "id": "b", "caption": "A dog.", "updated_caption": "A dog, no cat."},
    ]


def test_numbers_where_ids_are_missing_or_shared(tmp_path: Path) -> None:
    missing = layout(tmp_path, [record(1, image_id=2, caption_id=2), record(2)])
    shared = layout(tmp_path, [record(1, image_id=7, caption_id=7), record(2, image_id=7, caption_id=7)])
    for whole in (missing, shared):
        assert [image["id"] for image in whole["images"]] == [1, 2]
        assert [(one["id"], one["image_id"]) for one in whole["annotations"]] == [(1, 1), (2, 2)]


IDS = st.none() | st.integers() | st.text("ab1", min_size=1, max_size=2)
RECORDS = st.lists(st.tuples(st.sampled_from("abc"), IDS, IDS), min_size=1, max_size=6)


@given(RECORDS)
def test_ids_tell_apart_and_the_source_reader_agrees(tmp_path_factory: pytest.TempPathFactory, given_ids: Any) -> None:
    folder = tmp_path_factory.mktemp("layout")
    records = [
        record(number, image=f"{image}.jpg", image_id=image_id, caption_id=caption_id, negated_caption=f"No {number}.")
        for number, (image, image_id, caption_id) in enumerate(given_ids)
    ]
    whole = layout(folder, records)
    names = {image["id"]: image["file_name"] for image in whole["images"]}
    assert len(names) == len(whole["images"])
    assert len({one["id"] for one in whole["annotations"]}) == len(records)
    assert [names[one["image_id"]] for one in whole["annotations"]] == [one.image for one in records]
    assert [one["updated_caption"] for one in whole["annotations"]] == [one.negated_caption for one in records]


def test_written_layout_is_a_source(tmp_path: Path) -> None:
    written = [record(1, negated="cat", false_caption="No dog."), record(2, caption="A café, “new”.\n")]
    layout(tmp_path, written)
    rows = list(open_source(tmp_path / "out.json").rows())

    def told(row: Row) -> tuple[str | None, ...]:
        assert isinstance(row, CaptionRecord)
        return row.image, row.caption, row.negated, row.negated_caption, row.false_caption

    assert [told(row) for row in rows] == [told(row) for row in written]


def test_nothing_kept_is_an_empty_document(tmp_path: Path) -> None:
    assert layout(tmp_path, [])["annotations"] == []


def test_what_was_there_stays_when_it_cannot_be_written(tmp_path: Path) -> None:
    captions = tmp_path / "out.jsonl"
    captions.write_bytes(record(1).to_line())
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(NegdataError, match="captions are safe"):
        write_coco_layout(captions, tmp_path / "taken.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "taken.json"]
