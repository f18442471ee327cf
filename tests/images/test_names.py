"""The names under which an image is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.images.names import candidates, own_name

pieces = st.sampled_from(
    ["a", "b.jpg", "..", ".", "", "-", ".hidden", "C:", "c\\d", "~", "000000397133.jpg", "\x00", "é"]
)


@given(st.lists(pieces, max_size=5).map("/".join) | st.text(max_size=12))
def test_an_own_name_is_the_first_that_is_looked_under_and_its_own(name: str) -> None:
    own = own_name(name)
    if own is None:
        first = next(candidates(name), None)
        assert first is None or next(candidates(first), None) is None, "a name that no image can be asked for by"
    else:
        assert next(candidates(name)) == own == own_name(own) == next(candidates(own))
        assert ".." not in own.split("/")
        assert not own.startswith("/")


@pytest.mark.parametrize(
    ("name", "own"),
    [("./a//b.jpg", "a/b.jpg"), ("a/../b.jpg", None), ("/a.jpg", None), ("./C:", None), ("a" * 1001, None)],
)
def test_names_are_written_in_one_way(name: str, own: str | None) -> None:
    assert own_name(name) == own


def test_shorter_tails_follow_and_other_releases_names() -> None:
    found = list(candidates("coco/000000000007.jpg"))
    assert found[0] == "coco/000000000007.jpg"
    assert found[1] == "coco/COCO_train2014_000000000007.jpg"
    assert found[5:7] == ["000000000007.jpg", "COCO_train2014_000000000007.jpg"]
