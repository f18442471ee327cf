"""Each form is read by the package that its readers use, and holds what the records hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from negdata.publish import DataExportSettings, export_data
from negdata.publish.rows import published
from negdata.publish.webdataset import sample_key
from negdata.records import CaptionRecord
from negdata.sources import open_source
from tests.publish.sets import hash_of, lines, record, write_images, write_records


def exported(folder: Path, records: list[dict[str, Any]], to: str, **options: Any) -> Path:
    source = write_records(folder / "clean.jsonl", records)
    export_data(DataExportSettings(source=source, to=to, out=folder / "out", **options))
    return folder / "out"


def as_published(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [json.loads(published(CaptionRecord.model_validate(one)).to_line()) for one in records]


def test_parquet_comes_back_as_the_same_records(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    records = [record(number) for number in range(10)]
    records[2] = record(2, verdict=None, made_by=None, false_caption=None, image=None, image_id=None)
    records[3] |= {"pipeline": "vqa", "question": "Is it wet?", "kind": "attribute"}
    out = exported(tmp_path, records, "parquet", shard_rows=4)
    files = sorted(out.glob("*.parquet"))
    assert [file.name for file in files] == [f"captions-0000{number}.parquet" for number in range(3)]
    rows = [row for file in files for row in open_source(file, image_required=False).rows()]
    assert [json.loads(row.to_line()) for row in rows if isinstance(row, CaptionRecord)] == as_published(records)


@pytest.mark.parametrize(
    ("ids", "kind", "told"),
    [
        ([1, 2], "int64", [1, 2]),
        ([1, "b"], "string", ["1", "b"]),
        ([1, 1 << 63], "string", ["1", str(1 << 63)]),
        ([None, 2], "int64", [None, 2]),
        ([-(1 << 63), (1 << 63) - 1], "int64", [-(1 << 63), (1 << 63) - 1]),
    ],
)
def test_ids_that_are_numbers_or_text(tmp_path: Path, ids: list[Any], kind: str, told: list[Any]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    records = [record(number, caption_id=one) for number, one in enumerate(ids)]
    table = parquet.read_table(exported(tmp_path, records, "parquet") / "captions-00000.parquet")
    assert str(table.schema.field("caption_id").type) == kind
    assert table["caption_id"].to_pylist() == told


def test_parquet_with_images_inside(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    records = [record(number) for number in range(8)]
    images = write_images(tmp_path / "images", records)
    out = exported(tmp_path, records, "parquet", images=images, embed_images=True)
    found = parquet.read_table(out / "captions-00000.parquet")["image"].to_pylist()
    assert [one["path"] for one in found] == [one["image"] for one in records]
    assert [one["bytes"] for one in found] == [(images / one["image"]).read_bytes() for one in records]


@pytest.mark.parametrize("with_images", [True, False], ids=["images", "names"])
def test_hf_is_loaded_by_datasets(tmp_path: Path, with_images: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    records = [record(number) for number in range(8)]
    records[0] = record(0, verdict=None)
    images = write_images(tmp_path / "images", records) if with_images else None
    out = exported(tmp_path, records, "hf", images=images, shard_rows=3)
    loaded = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(loaded) == 8
    assert isinstance(loaded.features["image"], datasets.Image) == with_images
    for row, one in zip(loaded, as_published(records), strict=True):
        image = row.pop("image")
        name = one.pop("image")
        assert (image.getpixel((0, 0))[0] == pytest.approx(hash_of(name), abs=6)) if with_images else image == name
        assert set(row) == set(CaptionRecord.model_fields) - {"image"}
        for nested in ("verdict", "made_by"):
            given_ = {key: value for key, value in (row.pop(nested) or {}).items() if value is not None}
            assert given_ == one.pop(nested, {})
        assert {key: value for key, value in row.items() if value is not None} == one


def test_webdataset_pairs_each_image_with_its_caption(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    records = [record(number) for number in range(10)]
    images = write_images(tmp_path / "images", records)
    out = exported(tmp_path, records, "webdataset", images=images, shard_rows=4)
    shards = sorted(str(path) for path in out.glob("*.tar"))
    assert [Path(shard).name for shard in shards] == ["000000.tar", "000001.tar", "000002.tar"]
    samples = list(webdataset.WebDataset(shards, shardshuffle=False))
    assert len({sample["__key__"] for sample in samples}) == 10
    for sample, one in zip(samples, as_published(records), strict=True):
        suffix = "png" if one["image"].endswith("3.jpg") else "jpg"
        assert sample[suffix] == (images / one["image"]).read_bytes(), "as it was, under its true suffix"
        assert sample["txt"].decode() == one["negated_caption"]
        assert json.loads(sample["json"]) == one
    decoded = next(iter(webdataset.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("jpg", "txt")))
    assert isinstance(decoded[0], Image.Image)


def test_equal_input_gives_equal_tars(tmp_path: Path) -> None:
    pytest.importorskip("webdataset")
    records = [record(number) for number in range(6)]
    images = write_images(tmp_path / "images", records)
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        found.append((exported(tmp_path / name, records, "webdataset", images=images) / "000000.tar").read_bytes())
        for image in images.iterdir():
            image.touch()
    assert found[0] == found[1]


@given(st.lists(st.text(min_size=1) | st.from_regex(r"[a-z]{1,3}[_:.-][a-z]{0,3}", fullmatch=True), unique=True))
def test_keys_are_safe_and_tell_ids_apart(ids: list[str]) -> None:
    keys = [sample_key(one) for one in ids]
    assert len(set(keys)) == len(ids)
    assert all(key.replace("-", "_").replace("_", "a").isalnum() and key.isascii() and len(key) <= 80 for key in keys)


def test_coco_is_read_back_and_keeps_every_key(tmp_path: Path) -> None:
    records = [record(number) for number in range(6)]
    out = exported(tmp_path, records, "coco")
    rows = [row for row in open_source(out / "captions.json").rows() if isinstance(row, CaptionRecord)]
    assert [row.negated_caption for row in rows] == [one["negated_caption"] for one in records]
    assert [row.image for row in rows] == [one["image"] for one in records]
    document = json.loads((out / "captions.json").read_text())
    assert len(document["images"]) == 3
    assert [one["id"] for one in document["images"]] == [0, 1, 2]
    for annotation, one in zip(document["annotations"], as_published(records), strict=True):
        renamed = {"id": "record_id", "caption_id": "id", "negated_caption": "updated_caption"}
        assert annotation == {renamed.get(key, key): value for key, value in one.items() if key != "image"}


def test_coco_source_goes_through(tmp_path: Path) -> None:
    out = exported(tmp_path, [record(number) for number in range(4)], "coco")
    export_data(DataExportSettings(source=out / "captions.json", to="coco", out=tmp_path / "again"))
    again = json.loads((tmp_path / "again" / "captions.json").read_text())
    assert [one["updated_caption"] for one in again["annotations"]] == [
        one["negated_caption"] for one in lines(tmp_path / "clean.jsonl")
    ]
