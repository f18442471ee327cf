"""Captions that speak of the task instead of an image."""

from __future__ import annotations

import pytest

from negdata.negation import check_speaks_of_image


@pytest.mark.parametrize(
    "caption",
    [
        "There is no image here to provide a caption for.",
        "I am unable to see an image above.",
        "unable to see this image in this particular hit",
        "I am not sure what this image is.",
        "The picture didn't load.",
    ],
)
def test_speaks_of_the_task(caption: str) -> None:
    finding = check_speaks_of_image(caption)
    assert finding is not None
    assert finding.reason == "not-a-caption"


@pytest.mark.parametrize(
    "caption",
    [
        "A street with no cars.",
        "A picture of a man who can't see the ball.",
        "A driver unable to see the road in fog.",
        "A wall with no pictures on it.",
        "",
    ],
)
def test_speaks_of_an_image(caption: str) -> None:
    assert check_speaks_of_image(caption) is None
