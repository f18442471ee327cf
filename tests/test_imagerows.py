"""Texts by image: in their order, whole, and gone when the reading of them fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from negdata.imagerows import ImageRows, key


def test_an_image_has_its_rows_in_the_order_in_which_they_came() -> None:
    rows = [("b", "1", ("x", None)), ("a", "2", ("y", "z")), ("b", "0", (None, "w"))]
    with ImageRows[str | None](rows, texts=2) as kept:
        assert kept.of(key("b")) == [(key("1"), ("x", None)), (key("0"), (None, "w"))]
        assert kept.of(key("c")) == []
        images = [image for image, _ in kept.by_image()]
    assert sorted(images) == images
    assert images.count(key("b")) == 2


def test_an_error_while_reading_comes_through() -> None:
    def rows() -> Iterator[tuple[str, str, tuple[str, ...]]]:
        yield "a", "1", ("x",)
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        ImageRows(rows())


def test_keys_of_odd_names_differ() -> None:
    assert len({key(name) for name in ("a", "A", "a ", "\ud800", "\udc00", "")}) == 6
