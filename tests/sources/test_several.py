"""A folder of tables, or a pattern of them, is one source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.remote import place
from negdata.sources import BadRow, Columns, open_source, recognise
from tests.remote.s3 import S3


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def row(image: str, **further: Any) -> dict[str, Any]:
    return {"image": image, "caption": f"A dog in {image}.", **further}


def ids(path: Path) -> list[str]:
    return [row.record.id if isinstance(row, BadRow) else row.id for row in open_source(path).rows()]


def test_files_come_in_the_order_of_their_names_and_ids_are_each_files_own(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(lines(row("3.jpg"), row("4.jpg", id=7), row("5.jpg", id="coco:5")))
    (tmp_path / "a.jsonl").write_bytes(lines(row("1.jpg"), row("2.jpg", id=7)))
    (tmp_path / "README.md").write_text("no source")
    assert recognise(tmp_path) == "jsonl"
    source = open_source(tmp_path)
    rows = [row for row in source.rows() if isinstance(row, CaptionRecord)]
    assert [(row.id, row.image) for row in rows] == [
        ("a:1", "1.jpg"),
        ("a:7", "2.jpg"),
        ("b:1", "3.jpg"),
        ("b:7", "4.jpg"),
        ("coco:5", "5.jpg"),
    ]
    before = source.digest()
    (tmp_path / "b.jsonl").write_bytes(lines(row("3.jpg"), row("5.jpg")))
    assert open_source(tmp_path).digest() != before


def test_a_pattern_names_them_here_and_elsewhere(tmp_path: Path, s3: S3) -> None:
    for number in range(4):
        content = lines(row(f"{number}.jpg"))
        (tmp_path / f"t-{number:02d}.jsonl").write_bytes(content)
        s3.put(f"t/t-{number:02d}.jsonl", content)
    for root in (str(tmp_path), "s3://bucket/t"):
        assert ids(place(f"{root}/t-{{01..02}}.jsonl")) == ["t-01:1", "t-02:1"]
        assert ids(place(f"{root}/t-0[13].jsonl")) == ["t-01:1", "t-03:1"]
        assert ids(place(f"{root}/*.jsonl")) == ids(place(root)) == [f"t-{n:02d}:1" for n in range(4)]
        with pytest.raises(NegdataError, match=r"t-09.jsonl doesn't exist"):
            ids(place(f"{root}/t-{{00,09}}.jsonl"))


def test_a_bad_row_says_in_which_file_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(row("1.jpg")) + b"nonsense\n")
    (bad,) = (row for row in open_source(tmp_path).rows() if isinstance(row, BadRow))
    assert bad.where == "a.jsonl, line 2"
    assert bad.record.id == "a:2"


def test_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.ndjson"):
        (tmp_path / name).write_bytes(lines(row("1.jpg")))
    with pytest.raises(NegdataError, match="the same ids"):
        open_source(tmp_path)


def test_a_folder_of_images_stays_one(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"")
    (tmp_path / "x.txt").write_text("A dog.")
    (tmp_path / "captions.jsonl").write_bytes(lines(row("x.jpg")))
    assert recognise(tmp_path) == "folder"


def test_parquet_with_images_in_it_names_them(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="parquet needs the hf extra")
    from pyarrow import parquet

    images = [{"bytes": b"x" * 10, "path": "d/1.jpg"}, {"bytes": b"y", "path": None}]
    for number in range(2):
        parquet.write_table(
            pa.table({"image": images, "caption": ["A dog.", "A cat."]}), tmp_path / f"train-{number}.parquet"
        )
    source = open_source(tmp_path)
    assert source.format == "parquet"
    assert [(row.id, row.image) for row in source.rows() if isinstance(row, CaptionRecord)] == [
        ("train-0:1", "d/1.jpg"),
        ("train-0:2", "train-0/000000001"),
        ("train-1:1", "d/1.jpg"),
        ("train-1:2", "train-1/000000001"),
    ]
    without_paths = pa.table({"image": [{"bytes": b"x"}], "caption": ["A dog."]})
    parquet.write_table(without_paths, tmp_path / "alone.parquet")
    (only,) = open_source(tmp_path / "alone.parquet", columns=Columns("image")).rows()
    assert isinstance(only, CaptionRecord)
    assert only.image == "alone/000000000"


def test_the_bytes_of_images_are_not_read(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="parquet needs the hf extra")
    import tracemalloc

    from pyarrow import parquet

    images = [{"bytes": bytes(4 << 20), "path": f"{n}.jpg"} for n in range(16)]
    parquet.write_table(pa.table({"image": images, "caption": ["A dog."] * 16}), tmp_path / "a.parquet")
    source = open_source(tmp_path / "a.parquet")
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    most = 0
    for _ in source.rows():
        most = max(most, pa.total_allocated_bytes() - before + tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert most < 4 << 20
