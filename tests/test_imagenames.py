"""COCO's photographs by their names: one number in every release, and no number where a name is another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.imagenames import IMAGE_SUFFIXES, base_name, coco_image_name, coco_number, image_stem

NUMBERS = st.integers(0, 10**12 - 1)


@given(number=NUMBERS, annotation=st.integers(0, 10**9), folder=st.sampled_from(["", "val2017/", "a\\b\\", "/x/"]))
def test_every_spelling_names_one_photograph(number: int, annotation: int, folder: str) -> None:
    for split in ("train2014", "val2014", "test2015", "train2017"):
        assert coco_number(folder + coco_image_name(number, split)) == number
    for name in (f"COCO_train2014_{number:012}_{annotation}.jpg", f"{number:012}.WEBP", f"{number:012}"):
        assert coco_number(folder + name) == number
    assert coco_number(f"http://images.cocodataset.org/val2017/{number:012}.jpg?size=640") == number


@pytest.mark.parametrize(
    "name",
    ["", "42.jpg", "v7w_1.jpg", "0000000000042.jpg", "a000000000042.jpg", "COCO_val2014_42.jpg", "/", "².jpg"],
)
def test_other_names_are_no_photograph_of_cocos(name: str) -> None:
    assert coco_number(name) is None


@given(st.text())
def test_any_name_is_told(name: str) -> None:
    assert not {"/", "\\"} & set(base_name(name))
    assert base_name(name).startswith(image_stem(name))
    coco_number(name)


@pytest.mark.parametrize("suffix", sorted(IMAGE_SUFFIXES))
def test_a_stem_is_without_an_images_suffix_alone(suffix: str) -> None:
    assert image_stem(f"a/b.c{suffix.upper()}") == "b.c"
    assert image_stem("a/b.c") == "b.c"


@pytest.mark.parametrize(
    ("image_id", "subtype", "name"),
    [
        (458752, "train2014", "COCO_train2014_000000458752.jpg"),
        ("9", "val2014", "COCO_val2014_000000000009.jpg"),
        (458752, "train2017", "000000458752.jpg"),
    ],
)
def test_image_names(image_id: int | str, subtype: str, name: str) -> None:
    assert coco_image_name(image_id, subtype) == name
