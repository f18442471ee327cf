"""Records to filter come image by image, whatever their order in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.caption.item import UnusableItem
from negdata.errors import NegdataError
from negdata.filter import FilterSettings
from negdata.filter.item import FilterItem
from negdata.filter.read import GroupedRecords
from negdata.shards import Shard
from negdata.sources import open_source


def source_file(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(folder: Path, rows: Sequence[dict[str, Any]], **fields: Any) -> tuple[int, list[FilterItem | UnusableItem]]:
    told = FilterSettings(source=source_file(folder, rows), out=folder / "out.jsonl", **fields)
    captions = open_source(told.captions) if told.captions is not None else None
    with GroupedRecords(open_source(told.source, image_required=False), captions, told) as records:
        return records.taken, list(records.items())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    images=st.lists(st.sampled_from(["a.jpg", "b.jpg", None, "../bad"]), min_size=1, max_size=12).filter(
        lambda images: any(image != "../bad" for image in images)
    ),
    limit=st.none() | st.integers(1, 14),
    of=st.integers(1, 3),
)
def test_shards_share_the_items_of_the_whole_out(
    tmp_path: Path, images: list[str | None], limit: int | None, of: int
) -> None:
    rows = [row(str(number), image) for number, image in enumerate(images)]
    _, whole = read(tmp_path, rows, limit=limit, bad_rows="fail")
    together: list[FilterItem | UnusableItem] = []
    for index in range(1, of + 1):
        taken, items = read(tmp_path, rows, limit=limit, bad_rows="fail", shard=Shard(index, of))
        assert taken == len(items)
        together += items
    assert sorted(together, key=by_id) == sorted(whole, key=by_id), "with all that is written about their images"


def by_id(item: FilterItem | UnusableItem) -> int:
    return int(item.id)


def row(identity: str, image: str | None, **fields: Any) -> dict[str, Any]:
    return {"id": identity, "image": image, "caption": f"Caption {identity}."} | fields


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    images=st.lists(st.sampled_from(["a.jpg", "b.jpg", "c.jpg", None]), min_size=1, max_size=12),
    limit=st.none() | st.integers(1, 14),
)
def test_images_come_in_the_order_of_their_first_records(
    tmp_path: Path, images: list[str | None], limit: int | None
) -> None:
    rows = [row(str(number), image) for number, image in enumerate(images)]
    taken, items = read(tmp_path, rows, limit=limit)
    wanted = images[:limit]
    assert taken == len(items) == len(wanted)
    assert sorted(int(item.id) for item in items) == list(range(len(wanted)))
    groups = [list(group) for _, group in groupby(items, key=lambda item: item.record.image or item.id)]
    assert len(groups) == len({image or number for number, image in enumerate(wanted)})
    firsts = [int(group[0].id) for group in groups]
    assert firsts == sorted(firsts)
    for group in groups:
        assert [int(item.id) for item in group] == sorted(int(item.id) for item in group)


def test_the_whole_source_tells_what_is_written_about_an_image(tmp_path: Path) -> None:
    rows = [row("1", "a.jpg"), row("2", "b.jpg"), row("3", "a.jpg")]
    _, items = read(tmp_path, rows, limit=1)
    (item,) = items
    assert isinstance(item, FilterItem)
    assert item.text.captions == ("Caption 1.", "Caption 3.")


def test_further_captions_are_of_their_images(tmp_path: Path) -> None:
    further = tmp_path / "more.jsonl"
    lines = [{"image": "a.jpg", "caption": "More of a."}, {"image": "b.jpg", "caption": "More of b."}]
    further.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _, items = read(tmp_path, [row("1", "a.jpg")], captions=further)
    (item,) = items
    assert isinstance(item, FilterItem)
    assert item.text.captions == ("Caption 1.", "More of a.")


def test_every_key_of_a_record_comes_through(tmp_path: Path) -> None:
    full = row(
        "é\x00",
        "a.jpg",
        caption="A cat.",
        image_id=2**60,
        caption_id="x",
        negated="dog",
        negated_caption="No dog.",
        question="Is there?",
        kind="object",
        verdict={"p_present": None, "present": False, "verifier": "v"},
        made_by={"backend": "rules", "model": "rules-1", "seed": 0, "attempts": 1},
    )
    _, items = read(tmp_path, [full])
    (item,) = items
    assert isinstance(item, FilterItem)
    assert item.record.model_dump(mode="json", exclude_none=True) == full


def test_bad_rows_are_refused_or_come_first(tmp_path: Path) -> None:
    rows = [row("1", "a.jpg"), row("2", "../b.jpg"), row("3", "a.jpg"), row("4", "c.jpg") | {"caption": None}]
    with pytest.raises(NegdataError, match=r"2 rows.*line 2.*line 4"):
        read(tmp_path, rows)
    taken, items = read(tmp_path, rows, bad_rows="fail")
    assert taken == 4
    assert [item.id for item in items] == ["2", "4", "1", "3"]
    assert [type(item) for item in items] == [UnusableItem, UnusableItem, FilterItem, FilterItem]
    taken, items = read(tmp_path, rows, bad_rows="fail", limit=3)
    assert taken == 3
    assert [item.id for item in items] == ["2", "1", "3"]


def test_rows_are_counted_as_they_are_read(tmp_path: Path) -> None:
    told = FilterSettings(
        source=source_file(tmp_path, [row(str(n), "a.jpg") for n in range(2_500)]), out=tmp_path / "out.jsonl"
    )
    counted: list[int] = []
    with GroupedRecords(open_source(told.source), None, told, on_rows=counted.append):
        assert counted == [1_000, 2_000]
