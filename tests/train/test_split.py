"""The parts are disjoint, complete and of the size asked for; by image, neither order nor company matters."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.train.pairs import Pair
from negdata.train.recipe import SplitRule
from negdata.train.split import split

SHARES = st.floats(min_value=0.001, max_value=0.999)


def pairs(images: list[int]) -> list[Pair]:
    return [Pair(str(n), f"{image}.jpg", "A cat.", "A cat, no dog.") for n, image in enumerate(images)]


@given(
    st.lists(st.integers(0, 20), min_size=2, max_size=60).filter(lambda images: len(set(images)) > 1),
    st.sampled_from(["image", "annotation"]),
    SHARES,
    st.integers(0, 9),
)
def test_the_parts_are_everything(
    images: list[int], by: Literal["image", "annotation"], share: float, seed: int
) -> None:
    data = pairs(images)
    train, held = split(data, SplitRule(by=by, share=share), seed)
    assert sorted(train + held) == list(range(len(data)))
    assert all(one < two for part in (train, held) for one, two in pairwise(part))
    apart = {data[i].image for i in train}, {data[i].image for i in held}
    number, out = (len(set(images)), len(apart[1])) if by == "image" else (len(data), len(held))
    assert out == min(max(round(share * number), 1), number - 1)
    if by == "image":
        assert not apart[0] & apart[1]
    assert (train, held) == split(data, SplitRule(by=by, share=share), seed)


@given(
    st.lists(st.integers(0, 20), min_size=2, max_size=40).filter(lambda images: len(set(images)) > 1),
    SHARES,
    st.randoms(),
)
def test_by_image_order_doesn_t_matter(images: list[int], share: float, chance: random.Random) -> None:
    data = pairs(images)
    other = list(data)
    chance.shuffle(other)
    rule = SplitRule(by="image", share=share)
    held, again = split(data, rule, 0)[1], split(other, rule, 0)[1]
    assert {data[i].id for i in held} == {other[i].id for i in again}


def test_the_seed_matters() -> None:
    data = pairs(list(range(100)))
    for by in ("image", "annotation"):
        rule = SplitRule(by=by, share=0.2)
        parts = {tuple(split(data, rule, seed)[1]) for seed in range(5)}
        assert len(parts) == 5
        assert {len(part) for part in parts} == {20}


def test_by_annotation_images_are_on_both_sides() -> None:
    data = pairs([n // 5 for n in range(500)])
    train, held = split(data, SplitRule(by="annotation", share=0.2), 0)
    assert (len(train), len(held)) == (400, 100)
    assert {data[i].image for i in train} & {data[i].image for i in held}


@pytest.mark.parametrize(
    ("images", "by"), [([], "image"), ([1, 1, 1], "image"), ([1], "annotation"), ([], "annotation")]
)
def test_what_can_t_be_parted(images: list[int], by: Literal["image", "annotation"]) -> None:
    with pytest.raises(NegdataError, match="held out"):
        split(pairs(images), SplitRule(by=by, share=0.5), 0)
