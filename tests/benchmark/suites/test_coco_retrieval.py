"""COCO captions as a benchmark of search: five captions an image, and nothing lost unsaid."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.suites.base import RetrievalBench
from negdata.benchmark.suites.registry import read_bench
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import ALL_CAPTIONS, CAPTIONS, NOT_HERE, coco, written


def retrieval(path: Path) -> RetrievalBench:
    bench = read_bench(path)
    assert isinstance(bench, RetrievalBench)
    return bench


@pytest.mark.skipif(not CAPTIONS.is_file(), reason=NOT_HERE)
def test_the_published_file() -> None:
    bench = retrieval(CAPTIONS)
    assert bench.suite == "coco-retrieval"
    assert (len(bench.images), len(bench.captions), dict(bench.left_out)) == (250, 1250, {})


@pytest.mark.skipif(not ALL_CAPTIONS.is_file(), reason=NOT_HERE)
def test_of_an_image_the_first_five_captions_count() -> None:
    document = json.loads(ALL_CAPTIONS.read_bytes())
    names = {image["id"]: image["file_name"] for image in document["images"]}
    expected: dict[str, list[str]] = defaultdict(list)
    for one in document["annotations"]:
        expected[names[one["image_id"]]].append(one["caption"])
    bench = retrieval(ALL_CAPTIONS)
    assert len(bench.images) == 5000
    assert set(Counter(bench.image_of).values()) == {5}
    assert bench.left_out == {"captions of an image beyond its first 5": len(document["annotations"]) - 25_000}
    found: dict[str, list[str]] = defaultdict(list)
    for caption, place in zip(bench.captions, bench.image_of, strict=True):
        found[bench.images[place]].append(caption)
    assert found == {name: captions[:5] for name, captions in expected.items()}


def test_captions_in_any_order_find_their_image(tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", coco((2, "No dog."), (1, "A cat."), (2, "A street."), images=3))
    assert retrieval(path) == RetrievalBench(
        "coco-retrieval",
        path,
        images=("000000000002.jpg", "000000000001.jpg"),
        captions=("No dog.", "A cat.", "A street."),
        image_of=(0, 1, 0),
        left_out={"images without a caption": 1},
    )


def test_two_ids_of_one_file_are_one_image(tmp_path: Path) -> None:
    document = coco((1, "No dog."), (2, "A street."))
    document["images"][1]["file_name"] = document["images"][0]["file_name"]
    assert retrieval(written(tmp_path / "c.json", document)).image_of == (0, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (coco((1, "A cat."), (1, None)), "annotation 101: caption is null"),
        (coco((1, "A cat."), (1, "")), "annotation 101: caption is empty"),
        (coco((1, "A cat."), (9, "A dog.")), "annotation 101: image_id 9 is not among the file's images"),
        (coco((1, "A cat.")) | {"images": [{"id": 1, "file_name": "../a.jpg"}]}, "image climbs out"),
        (coco((1, "A cat.")) | {"images": [{"id": 1, "file_name": "a\\b.jpg"}]}, "file_name has a backslash"),
        (coco((1, "A cat.")) | {"images": [{"id": 1}]}, "the image 1 has no file_name"),
        (coco((1, "A cat.")) | {"images": "none"}, "has 'images' that is not a list"),
        ({"annotations": [{"caption": "A cat.", "image_id": 1}]}, "has no 'images'"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        retrieval(written(tmp_path / "c.json", change))
    assert said in refused.value.problem
    assert "--bad-rows" not in refused.value.remedy
