"""Sources: every format gives the same records, and every bad row says what is wrong with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.sources import BadRow, Columns, open_source, recognise
from negdata.sources.base import RawRow, checked_row

PAIRS = [
    ("a.jpg", "A dog on a couch."),
    ("sub/b.jpg", 'A sign that says "no, 2".'),
    ("c.jpg", "Café with ßtrange 日 sign"),
]


def _write(folder: Path, kind: str) -> Path:
    if kind == "coco":
        images = [{"id": n, "file_name": name} for n, (name, _) in enumerate(PAIRS)]
        annotations = [{"id": 10 + n, "image_id": n, "caption": text} for n, (_, text) in enumerate(PAIRS)]
        path = folder / "captions.json"
        path.write_text(json.dumps({"images": images, "annotations": annotations}))
    elif kind == "jsonl":
        path = folder / "captions.jsonl"
        path.write_text("".join(json.dumps({"image": i, "caption": c}) + "\n" for i, c in PAIRS))
    elif kind == "csv":
        path = folder / "captions.csv"
        path.write_text("filepath,title\n" + "".join(f'{i},"{c.replace(chr(34), chr(34) * 2)}"\n' for i, c in PAIRS))
    elif kind == "tsv":
        path = folder / "captions.tsv"
        path.write_text("image\tcaption\n" + "".join(f'{i}\t"{c.replace(chr(34), chr(34) * 2)}"\n' for i, c in PAIRS))
    elif kind == "parquet":
        pa = pytest.importorskip("pyarrow", reason="parquet needs the hf extra")
        from pyarrow import parquet

        path = folder / "captions.parquet"
        table = pa.table({"image": [i for i, _ in PAIRS], "caption": [c for _, c in PAIRS], "width": [1, 2, 3]})
        parquet.write_table(table, path)
    else:
        path = folder / "images"
        for image, text in PAIRS:
            file = path / image
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"not decoded here")
            file.with_suffix(".txt").write_text(text + "\n")
    return path


@pytest.mark.parametrize("kind", ["coco", "jsonl", "csv", "tsv", "parquet", "folder"])
def test_every_format_gives_the_same_captions(tmp_path: Path, kind: str) -> None:
    source = open_source(_write(tmp_path, kind))
    rows = list(source.rows())
    assert all(isinstance(row, CaptionRecord) for row in rows)
    assert sorted((row.image, row.caption) for row in rows if isinstance(row, CaptionRecord)) == sorted(PAIRS)
    assert len({row.id for row in rows if isinstance(row, CaptionRecord)}) == len(PAIRS)
    assert list(source.rows()) == rows, "a source can be read again"
    assert source.digest() == open_source(source.path).digest()


def test_coco_ids_and_image_ids_are_kept(tmp_path: Path) -> None:
    row = next(iter(open_source(_write(tmp_path, "coco")).rows()))
    assert isinstance(row, CaptionRecord)
    assert (row.id, row.image_id, row.caption_id) == ("coco:10", 0, 10)


def test_our_own_records_are_a_source(tmp_path: Path) -> None:
    record = CaptionRecord(id="x", image="a.jpg", caption="A dog.", negated="cat", image_id=4)
    path = tmp_path / "ours.jsonl"
    path.write_bytes(record.to_line())
    assert list(open_source(path).rows()) == [record]


def test_unused_columns_are_told(tmp_path: Path) -> None:
    source = open_source(_write(tmp_path, "parquet"))
    list(source.rows())
    assert source.unused == {"width"}


def test_json_lines_are_recognised_whatever_the_name(tmp_path: Path) -> None:
    path = _write(tmp_path, "jsonl").rename(tmp_path / "captions.json")
    assert recognise(path) == "jsonl"


def _coco(annotation: dict[str, object]) -> str:
    return json.dumps(
        {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"id": 7, "image_id": 1, **annotation}]}
    )


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        ({"caption": None}, "caption is null"),
        ({"caption": 7}, "caption is a number (7)"),
        ({"caption": ["x"]}, "caption is a list"),
        ({"caption": ""}, "caption is empty"),
        ({"caption": "  \n"}, "caption is empty"),
        ({"caption": "word " * 20_000}, "caption has 100,000 characters"),
        ({"caption": "一只狗坐在沙发上"}, "isn't written in Latin letters"),
        ({"caption": "a dog\x00 on a couch"}, "control character U+0000"),
        ({"caption": "a dog\x1b[31m"}, "control character U+001B"),
        ({"caption": "12 ... 34"}, "has no words"),
        ({"caption": "a dog", "image_id": 99}, "image_id 99 is not among the file's images"),
        ({"caption": "a dog", "image_id": None}, "image_id None is not among the file's images"),
        ({"caption": "a dog", "id": None}, "id is None"),
    ],
)
def test_a_bad_annotation_says_what_is_wrong(tmp_path: Path, annotation: dict[str, object], problem: str) -> None:
    path = tmp_path / "captions.json"
    path.write_text(_coco(annotation))
    (row,) = open_source(path).rows()
    assert isinstance(row, BadRow)
    assert problem in row.problem
    assert "annotation" in row.where
    assert row.record.error == "bad-row"


@pytest.mark.parametrize(
    "image", ["/etc/passwd", "../up.jpg", "a/../../b.jpg", "C:\\x.jpg", "\\\\host\\x.jpg", "a\\..\\b.jpg", "a\x00.jpg"]
)
def test_an_image_name_can_not_leave_its_folder(tmp_path: Path, image: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"image": image, "caption": "A dog."}) + "\n")
    (row,) = open_source(path).rows()
    assert isinstance(row, BadRow)
    assert "image" in row.problem


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("x.json", b"", "is empty"),
        ("x.jsonl", b"\n\n", "is empty"),
        ("x.csv", b"", "is empty"),
        ("x.csv", b"image,caption\n", "is empty"),
        ("x.json", b'{"images": [], "annotations": [{"id": 1, "capt', "not valid JSON"),
        ("x.json", b'{"images": []}', "has no 'annotations'"),
        ("x.json", b'{"annotations": 3, "images": []}', "'annotations' that is not a list"),
        ("x.json", b"[1, 2]", "holds a JSON list"),
        ("x.csv", b"picture,caption\na,b\n", "no image column"),
        ("x.parquet", b"PAR1 nonsense", "not a readable parquet file"),
        ("x.bin", b"\x00\x01\x02", "can't be told"),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="parquet needs the hf extra")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NegdataError) as caught:
        list(open_source(path).rows())
    assert problem in caught.value.problem
    assert str(path) in caught.value.problem


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    path = _write(tmp_path, "csv")
    with pytest.raises(NegdataError, match=r"'titel'.*Did you mean 'title'"):
        open_source(path, columns=Columns(caption="titel"))


def test_a_missing_file_and_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="doesn't exist"):
        open_source(tmp_path / "none.json")
    with pytest.raises(NegdataError, match="Did you mean 'parquet'"):
        open_source(tmp_path, source_format="parqet")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = _write(tmp_path, "jsonl")
    path.chmod(0)
    with pytest.raises(NegdataError, match="can't be read"):
        open_source(path)


def test_a_line_that_is_not_json_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"image": "a.jpg", "caption": "A dog."}\n{"image": \n"just text"\n')
    good, broken, text = open_source(path).rows()
    assert isinstance(good, CaptionRecord)
    assert isinstance(broken, BadRow)
    assert broken.where == "line 2"
    assert "not valid JSON" in broken.problem
    assert isinstance(text, BadRow)
    assert "not a JSON object" in text.problem


def test_a_csv_row_with_too_few_fields_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("image,caption\na.jpg,A dog.\nb.jpg\n")
    _, short = open_source(path).rows()
    assert isinstance(short, BadRow)
    assert "1 fields where the header has 2" in short.problem


@given(st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())), st.one_of(st.none(), st.text()))
def test_any_row_is_a_record_or_says_why_not(caption: object, image: str | None) -> None:
    row = checked_row(RawRow("line 1", "x", image, caption))  # type: ignore[arg-type]
    if isinstance(row, BadRow):
        assert row.problem
        assert row.record.to_line().endswith(b"\n")
    else:
        assert row.caption == caption
        assert row.image == image
        assert ".." not in str(image).split("/")
        assert json.loads(row.to_line())["caption"] == caption
