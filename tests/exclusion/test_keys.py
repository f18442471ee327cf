"""An image's key: the same under every spelling of its name, another for every other image."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.exclusion import ImageKeys, key_of, shared
from negdata.exclusion.keys import parse_key
from negdata.imagenames import coco_image_name

NUMBERS = st.integers(0, 10**12 - 1)
WORDS = st.text("abcdefgh_ -", min_size=1, max_size=8).filter(str.strip).map(str.strip)


def spellings(number: int, annotation: int) -> list[str]:
    """The names under which releases of COCO and what is built on it have a photograph."""
    return [
        *(coco_image_name(number, split) for split in ("train2014", "val2014", "test2015", "train2017")),
        f"train2017/{number:012}.jpg",
        f"data/coco/images/val2017/{number:012}.jpg",
        rf"D:\coco\train2014\COCO_train2014_{number:012}.jpg",
        f"COCO_train2014_{number:012}_{annotation}.jpg",
        f"http://images.cocodataset.org/val2017/{number:012}.jpg",
        f"{number:012}.png",
        f"{number}.jpg",
    ]


@given(number=NUMBERS, annotation=st.integers(0, 10**7))
def test_every_spelling_of_a_coco_photograph_is_one_key(number: int, annotation: int) -> None:
    key = f"coco:{number}"
    assert {key_of(name) for name in spellings(number, annotation)} == {key}
    assert {key_of(None, identity) for identity in (number, str(number), f"{number}.0", f"{number:012}")} == {key}


@given(one=NUMBERS, other=NUMBERS, annotation=st.integers(0, 10**7))
def test_other_photographs_have_other_keys(one: int, other: int, annotation: int) -> None:
    if one != other:
        keys = {key_of(name) for name in spellings(one, annotation)} & {
            key_of(name) for name in spellings(other, annotation)
        }
        assert not keys
        assert key_of(None, one) != key_of(None, other)


@pytest.mark.parametrize(
    "names",
    [
        ("v7w_1.jpg", "images/v7w_1.jpg", r"images\v7w_1.jpg", "V7W_1.JPG", "v7w_1.webp", "v7w_1", " v7w_1.jpg "),
        ("Kyōto.png", "photos/kyo\u0304to.png"),
        ("a.b/c.d.tif", "c.d"),
    ],
)
def test_other_names_count_without_folder_case_suffix_and_way_of_writing(names: tuple[str, ...]) -> None:
    assert len({key_of(name) for name in names}) == 1


@given(st.lists(WORDS, min_size=2, max_size=6, unique=True))
def test_other_names_have_other_keys(names: list[str]) -> None:
    for one, other in combinations(names, 2):
        assert key_of(f"{one}.jpg") != key_of(f"{other}.jpg")


@pytest.mark.parametrize(
    ("image", "image_id", "key"),
    [
        (None, None, None),
        ("", None, None),
        ("  /", None, None),
        (None, True, None),
        (None, -4, None),
        (None, float("nan"), None),
        (None, 10**30, None),
        (None, "", None),
        (5, None, None),
        (None, 250196.0, "coco:250196"),
        (None, "COCO_val2014_000000250196.jpg", "coco:250196"),
        ("", 250196, "coco:250196"),
        ("v7w_1.jpg", 250196, "file:v7w_1"),
        ("9" * 19 + ".jpg", None, "file:" + "9" * 19),
        ("a\nb.jpg", None, "file:a\ufffdb"),
        ("\udcff.jpg", None, "file:\ufffd"),
    ],
)
def test_a_name_decides_then_an_id(image: object, image_id: object, key: str | None) -> None:
    assert key_of(image, image_id) == key


@given(name=st.text(), identity=st.none() | st.integers() | st.text() | st.floats() | st.booleans())
def test_any_name_and_id_have_a_key_of_one_line_or_none(name: str, identity: object) -> None:
    key = key_of(name, identity)
    if key is not None:
        assert parse_key(key) == key
        assert key.encode().decode() == key


@pytest.mark.parametrize("text", ["", "coco:", "coco:007", "coco:-1", "file:", "file:a/b", "file:a\u2028b", "v7w_1"])
def test_what_is_no_key_is_told(text: str) -> None:
    assert parse_key(text) is None


@given(ones=st.sets(NUMBERS, max_size=9), others=st.sets(NUMBERS, max_size=9))
def test_what_two_sets_share(ones: set[int], others: set[int]) -> None:
    one = ImageKeys.of(coco_image_name(number, "train2014") for number in ones)
    other = ImageKeys.of(others)
    assert (len(one), len(other)) == (len(ones), len(others))
    assert shared(one, other) == shared(other, one) == len(ones & others)
    assert all(one.holds(f"train2017/{number:012}.jpg") is (number in ones) for number in ones | others)
    assert (one.digest() == other.digest()) is (ones == others)


def test_an_image_without_name_and_id_is_in_no_set() -> None:
    assert not ImageKeys.of(["", "a.jpg"]).holds(None)
    assert len(ImageKeys.of(["", "a.jpg"])) == 1
