"""NegRefCOCOg: the published file as it is, our editions' further keys, and no item that is wrong."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.benchmark.suites.base import ChoiceItem, View
from negdata.benchmark.suites.negrefcocog import LARGEST, box_problem, to_box
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import ITEM, NEGREFCOCOG, NOT_HERE, choices, written

OTHER = [200, 20, 60.25, 90]


@pytest.mark.skipif(not NEGREFCOCOG.is_file(), reason=NOT_HERE)
def test_the_published_items_are_read_as_they_stand() -> None:
    bench = choices(NEGREFCOCOG)
    published = json.loads(NEGREFCOCOG.read_bytes())
    assert bench.suite == "negrefcocog"
    assert len(bench.items) == 220, "half of the 440 of the published file"
    for item, record in zip(bench.items, published, strict=True):
        assert item.texts == (record["phrase"],)
        assert [list(view.box or ()) for view in item.views] == record["bbox_list"]
        assert {view.image for view in item.views} == {record["image"]}
        assert list(item.views[item.right].box or ()) == record["ref_bbox"]
    assert {item.right for item in bench.items} == {0}, "the right box is always the first in the published file"
    assert len({item.id for item in bench.items}) == 220


@pytest.mark.skipif(not NEGREFCOCOG.is_file(), reason=NOT_HERE)
def test_the_published_file_has_a_breakdown() -> None:
    groups = [item.groups for item in choices(NEGREFCOCOG).items]
    cues = Counter(one["cue"] for one in groups)
    # The builders took phrases with "no", "not" or "without"; the canonical cues sum up to all items.
    assert cues["not"] + cues["no"] + cues["without"] > 190
    without = [item.texts[0] for item in choices(NEGREFCOCOG).items if item.groups["cue"] == "none"]
    assert any("no . 350" in text for text in without), '"no" for number negates nothing'
    assert all(("position" in one) is (one["cue"] != "none") for one in groups)


def test_an_item_in_full(tmp_path: Path) -> None:
    (item,) = choices(written(tmp_path / "mine.json", [ITEM])).items
    image = "COCO_train2014_000000250196.jpg"
    assert item == ChoiceItem(
        id="mine:1",
        views=(View(image, (10.5, 20.0, 100.0, 50.0)), View(image, (200.0, 20.0, 60.25, 90.0))),
        texts=("the dog with no leash",),
        right=0,
        groups={"cue": "no", "position": "end"},
    )


def test_the_keys_of_our_editions_are_taken_up(tmp_path: Path) -> None:
    rich = ITEM | {
        "id": "train2014:7",
        "bbox_list": [OTHER, [1, 2, 3, 4], ITEM["ref_bbox"]],
        "cue": "without",
        "kind": "object",
        "position": "start",
        "category": "dog",
        "image_size": [640, 480],
        "sentence_id": 77,
        "source": {"split": "train"},
    }
    (item,) = choices(written(tmp_path / "rich.json", [rich])).items
    assert item.id == "train2014:7"
    assert item.right == 2
    assert item.candidates == 3
    assert {view.size for view in item.views} == {(640, 480)}
    assert item.groups == {"cue": "without", "kind": "object", "position": "start", "category": "dog"}


@pytest.mark.parametrize(
    ("phrase", "cue", "position"),
    [
        ("no leash on the brown dog", "no", "start"),
        ("the dog that is not on a leash today", "not", "middle"),
        ("the dog that wears no leash", "no", "end"),
        ("a leaf-free tree stands here", "-free", "start"),
        ("bus no . 30", "none", None),
    ],
)
def test_cue_and_position_are_told_from_the_phrase(tmp_path: Path, phrase: str, cue: str, position: str | None) -> None:
    (item,) = choices(written(tmp_path / "a.json", [ITEM | {"phrase": phrase}])).items
    assert item.groups.get("cue") == cue
    assert item.groups.get("position") == position


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"image": "../a.jpg"}, "image climbs out"),
    ({"image": "/etc/passwd"}, "image is an absolute path"),
    ({"image": "C:/a.jpg"}, "image is an absolute path"),
    ({"image": "a\\b.jpg"}, "image has a backslash"),
    ({"image": "a\u0000.jpg"}, "image holds a control character"),
    ({"image": None}, "image is missing"),
    ({"image": "a\ud800.jpg"}, "image holds what is no UTF-8 ('a\\ud800.jpg')"),
    ({"image": 7}, "image is a number (7)"),
    ({"phrase": ""}, "phrase is empty"),
    ({"phrase": None}, "phrase is missing"),
    ({"phrase": "no \ud800 dog"}, "phrase holds what is no UTF-8"),
    ({"phrase": ["no"]}, "phrase is a list"),
    ({"phrase": "no " * 2000}, "phrase has 6,000 characters"),
    ({"ref_bbox": None}, "ref_bbox is missing, not a box"),
    ({"ref_bbox": [10.5, 20, 100]}, "ref_bbox is [10.5, 20, 100], not a box [x, y, w, h]"),
    ({"ref_bbox": {"x": 1}}, "not a box"),
    ({"ref_bbox": [1, 2, 3, 4]}, "ref_bbox [1, 2, 3, 4] is none of bbox_list"),
    ({"bbox_list": [ITEM["ref_bbox"], ITEM["ref_bbox"]]}, "stands 2 times in bbox_list"),
    ({"bbox_list": [ITEM["ref_bbox"]]}, "not a list of two boxes or more"),
    ({"bbox_list": None}, "bbox_list is missing"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, 2, 3, True]]}, "bbox_list[1] has h True, which is no number"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, 2, "3", 4]]}, "bbox_list[1] has w '3', which is no number"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, 2, math.nan, 4]]}, "bbox_list[1] has w nan, which is no number of pixels"),
    ({"bbox_list": [ITEM["ref_bbox"], [math.inf, 2, 3, 4]]}, "bbox_list[1] has x inf, which is no number of pixels"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, 2, 10**400, 4]]}, "bbox_list[1] has w 1000"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, -0.4, 3, 4]]}, "bbox_list[1] has y -0.4, outside of any image"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, 2, 0, 4]]}, "bbox_list[1] has w 0, outside of any image"),
    ({"bbox_list": [ITEM["ref_bbox"], [1, 2, 3, 1e9]]}, "bbox_list[1] has h 1000000000.0, outside of any image"),
    ({"id": True}, "id is True"),
    ({"id": ["a"]}, "id is ['a']"),
    ({"cue": 3}, "cue is 3, not a short text"),
    ({"kind": "x" * 200}, "kind is"),
    ({"image_size": [640]}, "image_size is [640], not [width, height]"),
    ({"image_size": [0, 480]}, "image_size is [0, 480]"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_wrong_item_is_refused_by_its_number(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = written(tmp_path / "a.json", [ITEM, ITEM | change, ITEM])
    with pytest.raises(NegdataError) as refused:
        choices(path)
    assert f"{path} has " in refused.value.problem
    assert "item 2: " in refused.value.problem
    assert said in refused.value.problem
    assert "item 1" not in refused.value.problem
    assert "bbox_list" in refused.value.remedy


def test_all_problems_are_counted_and_ten_are_told(tmp_path: Path) -> None:
    wrong = ITEM | {"image": None, "phrase": None}
    with pytest.raises(NegdataError) as refused:
        choices(written(tmp_path / "a.json", [7, *[wrong] * 50]))
    assert "has 101 problems: item 1: it is 7, not an object; item 2: image is missing; item 2: phrase is missing" in (
        refused.value.problem
    )
    assert refused.value.problem.endswith("item 6: image is missing; and 91 more.")
    with pytest.raises(NegdataError, match="has a problem: item 2: image is missing"):
        choices(written(tmp_path / "b.json", [ITEM, ITEM | {"image": None}]))


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="item 2: its id 'a' stands in the file before"):
        choices(written(tmp_path / "a.json", [ITEM | {"id": "a"}] * 2))
    twice = choices(written(tmp_path / "b.json", [ITEM] * 2))
    assert [item.id for item in twice.items] == ["b:1", "b:2"], "the published file has one item twice"


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="is no list of NegRefCOCOg items"):
        choices(written(tmp_path / "a.json", {"a": [ITEM]}), "negrefcocog")
    with pytest.raises(NegdataError, match="holds an empty list"):
        choices(written(tmp_path / "b.json", []), "negrefcocog")


def test_html_in_a_phrase_is_text(tmp_path: Path) -> None:
    phrase = "<script>alert(1)</script> & no dog"
    (item,) = choices(written(tmp_path / "a.json", [ITEM | {"phrase": phrase}])).items
    assert item.texts == (phrase,)


numbers = st.floats() | st.integers() | st.booleans() | st.none() | st.text(max_size=3) | st.just(10**400)


@given(st.lists(numbers, max_size=6) | numbers)
def test_a_box_is_four_finite_numbers_in_the_image_or_refused(value: object) -> None:
    if box_problem("box", value) is not None:
        return
    assert isinstance(value, list)
    x, y, w, h = to_box(value)
    assert all(map(math.isfinite, (x, y, w, h)))
    assert not any(isinstance(one, bool) for one in value)
    assert all(0 <= number <= LARGEST for number in (x, y, w, h))
    assert min(w, h) > 0


sides = st.floats(0.01, LARGEST) | st.integers(1, LARGEST)
corners = st.floats(0, LARGEST) | st.integers(0, LARGEST)
boxes = st.tuples(corners, corners, sides, sides).map(list)


@settings(max_examples=50)
@given(others=st.lists(boxes, min_size=1, max_size=5), target=boxes, place=st.integers(0, 5))
def test_the_right_box_is_found_wherever_it_stands(
    tmp_path_factory: pytest.TempPathFactory, others: list[list[float]], target: list[float], place: int
) -> None:
    assert box_problem("box", target) is None
    candidates = [one for one in others if to_box(one) != to_box(target)] or [[1, 1, LARGEST / 2, 3.5]]
    place = min(place, len(candidates))
    record = ITEM | {"ref_bbox": target, "bbox_list": [*candidates[:place], target, *candidates[place:]]}
    path = written(tmp_path_factory.mktemp("boxes") / "a.json", [record])
    if to_box(candidates[0]) == to_box(target):
        return
    assert choices(path).items[0].right == place
