"""The images of benchmarks, in every layout; what can't be understood is told, never passed over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from negdata.errors import NegdataError
from negdata.exclusion import ImageKeys, images_of, read, shared

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not SHARED.exists(), reason="the published files are not beside the checkout")
BOTH = {"coco:42", "coco:250196"}
IN_2014, IN_2017 = "COCO_train2014_000000250196.jpg", "000000000042.jpg"


def put(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def lines(*values: Any) -> bytes:
    return b"".join(orjson.dumps(value) + b"\n" for value in values)


LAYOUTS: dict[str, tuple[str, Any]] = {
    "negrefcocog": (
        "bench.json",
        [{"image": IN_2014, "phrase": "a zebra", "ref_bbox": [0, 0, 1, 1], "bbox_list": []}, {"image": IN_2017}],
    ),
    "valse": ("bench.json", {"existence_1": {"image_file": IN_2014, "caption": "."}, "b": {"image_file": IN_2017}}),
    "negbench": (
        "bench.csv",
        f'captions,filepath,image_id\n"[\'a, b\']",data/coco/{IN_2014},1\n"c\nd",data/{IN_2017},2\n'.encode(),
    ),
    "tab-separated": ("bench.txt", f"caption\timage\nA cat.\t{IN_2014}\nA dog.\t{IN_2017}\n".encode()),
    "captions": (
        "bench.json",
        {
            "images": [{"id": 1, "file_name": IN_2014}, {"id": 42, "coco_url": f"http://x/val2017/{IN_2017}"}],
            "annotations": [{"id": 1, "image_id": 1, "caption": "A cat."}],
        },
    ),
    "without-names": ("bench.json", {"images": [{"id": 250196}, {"id": 42}], "annotations": []}),
    "karpathy": (
        "bench.json",
        {"images": [{"filepath": "val2014", "filename": name, "imgid": 7} for name in (IN_2014, IN_2017)]},
    ),
    "names-of-images": ("bench.json", {"images": [IN_2014, IN_2017]}),
    "questions": ("bench.json", {"questions": [{"image_id": 250196, "question": "?"}, {"image_id": "42"}]}),
    "results": ("bench.json", [{"image_id": 250196, "caption": "A cat."}, {"image_id": 42, "caption": "A dog."}]),
    "json-lines": ("bench.jsonl", lines({"image": IN_2014}, {"image": "", "image_id": 42})),
    "json-lines-by-content": ("bench.json", lines({"img": IN_2014}, {"img": IN_2017})),
    "one-line-of-many-images": ("bench.json", {"image": [IN_2014, 42]}),
    "a-list-of-names": ("bench.json", [IN_2014, 42]),
    "text": ("bench.txt", f"\ufeff{IN_2014}\r\n\r\nval2017/{IN_2017}".encode()),
    "text-after-a-blank-line": ("bench.txt", f"\n{IN_2014}\n{IN_2017}\n".encode()),
    "text-of-ids": ("bench", b"250196\n42\n"),
    "text-of-keys": ("bench.txt", b"coco:250196\ncoco:42\n"),
    "byte-order-mark": ("bench.json", b"\xef\xbb\xbf" + orjson.dumps([IN_2014, IN_2017])),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_tells_its_images(tmp_path: Path, layout: str) -> None:
    assert images_of(put(tmp_path, *LAYOUTS[layout])).keys == BOTH


def test_a_folder_is_the_images_in_it_and_below(tmp_path: Path) -> None:
    for name in ("a/COCO_train2014_000000250196.jpg", "b/c/000000000042.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        Image.new("RGB", (2, 2)).save(tmp_path / name)
    (tmp_path / "readme.txt").write_text("000000000043.jpg")
    assert images_of(tmp_path).keys == BOTH


def test_a_name_that_is_no_text_is_an_image_too(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.jpg")).write_bytes(b"")
    assert images_of(tmp_path).keys == {"file:\ufffd"}


def test_keys_in_a_list_are_taken_as_they_are(tmp_path: Path) -> None:
    held = ImageKeys.of([IN_2014, "v7w_1.jpg", "two.png.jpg", "Straße.jpg"])
    assert images_of(put(tmp_path, "list.txt", held.lines())).keys == held.keys


WRONG: dict[str, tuple[str, Any, str]] = {
    "empty": ("b.json", b" \n", "is empty"),
    "nothing-in-a-list": ("b.json", [], "names no image"),
    "nothing-in-an-object": ("b.json", {}, "lists no images"),
    "no-images": ("b.json", {"images": [], "annotations": []}, "names no image"),
    "other-object": ("b.json", {"info": {}, "licenses": [], "videos": [{}]}, "'info', 'licenses', 'videos'"),
    "broken": ("b.json", b'[{"image": "a.jpg"}', "is not valid JSON"),
    "item-without": ("b.json", [{"image": "a.jpg"}, {"phrase": "a zebra"}], "item 2: it names no image"),
    "item-of-nothing": ("b.json", [{"image": "a.jpg"}, None], "item 2: its image is None"),
    "item-of-numbers": ("b.json", [{"image": [1.5]}], "item 1: its image is 1.5"),
    "item-of-objects": ("b.json", [{"image": {"bytes": ""}}], "item 1: its image is {'bytes': ''}"),
    "item-of-truth": ("b.json", [True], "item 1: its image is True"),
    "negative": ("b.json", {"images": [{"id": -1}]}, "image number 1: its image is -1"),
    "line-break": ("b.json", [{"image": "a\nb.jpg"}], "holds a control character"),
    "long": ("b.json", [{"image": "a" * 1_001}], "a name of 1,006 characters"),
    "line": ("b.jsonl", b'{"image": "a.jpg"}\n{"image": \n', "line 2: it is not valid JSON"),
    "columns": ("b.csv", b"caption,split\nA cat.,test\n", "no column of images; its columns are 'caption', 'split'"),
    "cells": ("b.csv", b"caption,image\nA cat, a dog.,a.jpg\n", "line 2: it has 3 fields where the header has 2"),
    "no-cell": ("b.csv", b"image,caption\n,A cat.\n", "line 2: it names no image"),
    "not-utf8-cell": ("b.csv", b"image\n\xff.jpg\n", "isn't UTF-8"),
    "header-alone": ("b.csv", b"image,caption\n", "names no image"),
    "prose": ("b.txt", b"a.jpg\nThe images are COCO's.\n", 'line 2: "The images are COCO\'s." is no name'),
    "not-utf8": ("b.txt", b"a.jpg\n\xff\xfe.jpg\n", "line 2: it is not UTF-8"),
    "pickle": ("b.p", b"\x80\x02]q\x00(}q\x01(X\x08\x00\x00\x00", "no benchmark that can be read"),
    "parquet": ("b.parquet", b"PAR1....", "no benchmark that can be read"),
    "deep": ("b.json", b"[" * 100_000, "is not valid JSON"),
    "deep-item": ("b.json", b"[" * 1_000 + b"]" * 1_000, "item 1: its image is [["),
    "deep-images": ("b.json", b'{"images": [' + b"[" * 900 + b"]" * 901 + b"}", "image number 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_understood_is_told(tmp_path: Path, name: str) -> None:
    file, content, said = WRONG[name]
    with pytest.raises(NegdataError) as refused:
        images_of(put(tmp_path, file, content))
    assert said in refused.value.problem
    assert str(tmp_path / file) in refused.value.problem
    assert len(str(refused.value)) < 700


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    long = tmp_path / ("long" * 2_000)
    for path, said in (
        (tmp_path / "none.json", "doesn't exist"),
        (tmp_path / "pipe", "no plain file"),
        (long, "can't be read"),
    ):
        with pytest.raises(NegdataError, match=said):
            images_of(path)
    with pytest.raises(NegdataError, match="names no image"):
        images_of(tmp_path)


def test_more_than_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = put(tmp_path, "b.json", [{"image": f"{number}.jpg"} for number in range(20)])
    monkeypatch.setattr(read, "MOST_IMAGES", 19)
    with pytest.raises(NegdataError, match="more than 19 images"):
        images_of(bench)
    monkeypatch.setattr(read, "MOST_BYTES", 100)
    with pytest.raises(NegdataError, match="at most 100 is read"):
        images_of(bench)


FIELD = st.sampled_from(["image", "images", "annotations", "questions", "file_name", "image_file", "id", "image_id"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON, suffix=st.sampled_from([".json", ".jsonl", ".csv", ".txt"]))
def test_any_document_is_read_or_told(tmp_path: Path, document: Any, suffix: str) -> None:
    content = json.dumps(document, ensure_ascii=True).encode()
    _read_or_told(put(tmp_path, f"any{suffix}", content))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60), suffix=st.sampled_from([".json", ".jsonl", ".csv", ".txt", ""]))
def test_any_bytes_are_read_or_told(tmp_path: Path, content: bytes, suffix: str) -> None:
    _read_or_told(put(tmp_path, f"any{suffix}", content))


def _read_or_told(path: Path) -> None:
    problem, keys = "", frozenset[str]()
    try:
        keys = images_of(path).keys
    except NegdataError as error:
        problem = error.problem
    assert bool(keys) is not bool(problem)
    assert not problem or str(path) in problem
    assert not any("\n" in key for key in keys)


@needs_data
def test_published_benchmarks() -> None:
    negrefcocog, valse = SHARED / "negrefcocog/NegRefCOCOg.half.json", SHARED / "valse/existence.half.json"
    items, records = json.loads(negrefcocog.read_text()), json.loads(valse.read_text())
    assert (len(items), len(records)) == (220, 267), "as the data's README says"
    assert len(images_of(negrefcocog)) == len({item["image"] for item in items})
    assert len(images_of(valse)) == len({row["image_file"] for row in records.values()})
    negbench = images_of(SHARED / "negbench/COCO_val_retrieval.csv")
    assert negbench == images_of(SHARED / "coco/val2017")
    assert shared(negbench, images_of(SHARED / "coco/annotations/captions_val2017_all_text.json")) == len(negbench)
    assert shared(negbench, images_of(negrefcocog)) == 0, "one is of COCO's val, the other of its train split"


@needs_data
def test_refcocogs_names_are_those_of_the_photographs(tmp_path: Path) -> None:
    """In RefCOCOg's refs a name ends in the id of an annotation; NegRefCOCOg is made of its train split."""
    numbers = [image["id"] for image in json.loads((SHARED / "refcocog/instances.json").read_text())["images"]]
    names = put(tmp_path, "refs.txt", "".join(f"COCO_train2014_{n:012}_{n + 1}.jpg\n" for n in numbers).encode())
    assert images_of(names) == images_of(SHARED / "refcocog/instances.json") == ImageKeys.of(numbers)
