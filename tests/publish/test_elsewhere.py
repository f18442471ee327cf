"""A dataset at an address: the same files as here, the manifest last, and nothing of others is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.publish import DataExportSettings, DataExportSummary, export_data
from negdata.records import CaptionRecord
from negdata.remote import place
from negdata.remote.storage import RemoteStorage
from negdata.sources import open_source
from tests.publish.sets import record, write_images, write_records
from tests.remote.s3 import S3

pytest.importorskip("pyarrow")
OUT = "s3://bucket/sets/out"


def export(folder: Path, out: str = OUT, to: str = "parquet", **options: Any) -> DataExportSummary:
    return export_data(DataExportSettings(source=folder / "clean.jsonl", to=to, out=place(out), **options))


def write(folder: Path, number: int = 6) -> list[dict[str, Any]]:
    records = [record(number) for number in range(number)]
    write_records(folder / "clean.jsonl", records)
    return records


@pytest.mark.parametrize("to", ["parquet", "hf", "webdataset", "coco"])
def test_the_files_are_those_of_an_export_here(to: str, tmp_path: Path, s3: S3) -> None:
    images = write_images(tmp_path / "images", write(tmp_path))
    options: dict[str, Any] = {} if to == "coco" else {"images": images, "shard_rows": 2}
    summary = export(tmp_path, to=to, **options)
    here = tmp_path / "here"
    export(tmp_path, str(here / "out"), to=to, **options)
    assert s3.listed() == sorted(f"sets/{file.relative_to(here)}" for file in here.rglob("*") if file.is_file())
    assert (summary.out, summary.written) == (OUT, 6)
    for file in here.rglob("*"):
        if file.is_file() and "manifest" not in file.name:
            assert s3.get(f"sets/{file.relative_to(here)}") == file.read_bytes(), file.name
    manifest = json.loads(s3.get("sets/out.manifest.json"))
    assert manifest["command"].startswith(f"negdata data export {tmp_path}/clean.jsonl -o {OUT} ")
    assert manifest["extra"] == json.loads((here / "out.manifest.json").read_bytes())["extra"]


def test_parquet_is_read_back(tmp_path: Path, s3: S3) -> None:
    from pyarrow import parquet

    records = write(tmp_path)
    export(tmp_path, shard_rows=4)
    import s3fs

    files = [f"bucket/sets/out/captions-0000{number}.parquet" for number in range(2)]
    found = parquet.read_table(files, filesystem=s3fs.S3FileSystem()).to_pylist()
    assert [row["id"] for row in found] == [one["id"] for one in records]
    rows = open_source(place(OUT)).rows()
    assert [row.id for row in rows if isinstance(row, CaptionRecord)] == [one["id"] for one in records]


def test_an_earlier_one_is_replaced_only_where_that_is_asked_for(tmp_path: Path, s3: S3) -> None:
    write(tmp_path, 6)
    export(tmp_path, shard_rows=2)
    before = {key: s3.get(key) for key in s3.listed()}
    with pytest.raises(NegdataError, match=rf"{OUT} exists\. .*--fresh"):
        export(tmp_path)
    assert {key: s3.get(key) for key in s3.listed()} == before
    write(tmp_path, 2)
    export(tmp_path, shard_rows=2, fresh=True)
    assert len([key for key in s3.listed() if key.endswith(".parquet")]) == 1
    assert json.loads(s3.get("sets/out.manifest.json"))["counts"]["in"] == 2


@pytest.mark.parametrize("key", ["sets/out/notes.txt", "sets/out.manifest.json"])
def test_what_others_put_there_stays(key: str, tmp_path: Path, s3: S3) -> None:
    write(tmp_path)
    s3.put(key, b'{"command": "negdata caption"}')
    for fresh in (False, True):
        with pytest.raises(NegdataError, match=r"which no export wrote|belongs to something else"):
            export(tmp_path, fresh=fresh)
    assert s3.listed() == [key]


def test_one_that_died_on_its_way_is_no_dataset_and_gives_way(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    put = RemoteStorage.put

    def die(storage: RemoteStorage, name: str, file: Path) -> None:
        if name.endswith("README.md"):
            raise KeyboardInterrupt
        put(storage, name, file)

    monkeypatch.setattr(RemoteStorage, "put", die)
    with pytest.raises(KeyboardInterrupt):
        export(tmp_path, to="coco")
    assert any(key.startswith("sets/out/") or key.endswith("uploading.json") for key in s3.listed())
    assert "sets/out.manifest.json" not in s3.listed()
    monkeypatch.setattr(RemoteStorage, "put", put)
    export(tmp_path, shard_rows=2)
    assert not [key for key in s3.listed() if key.endswith("uploading.json")]
    listed = json.loads(s3.get("sets/out.manifest.json"))["extra"]["files"]
    assert sorted(f"sets/out/{name}" for name in listed) == [key for key in s3.listed() if key.startswith("sets/out/")]


def test_nothing_is_sent_where_nothing_can_be_written(tmp_path: Path, s3: S3) -> None:
    write_records(tmp_path / "clean.jsonl", [record(1, negated_caption=None)])
    with pytest.raises(NegdataError, match="No record of"):
        export(tmp_path)
    assert s3.listed() == []
