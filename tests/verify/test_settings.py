"""Settings of verification refuse at once what a run couldn't do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.verify import VerifySettings


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"absent_below": -0.1}, "--absent-below is -0.1"),
        ({"present_above": 1.1}, "--present-above 1.1"),
        ({"absent_below": 0.8}, "the first not above the second"),
        ({"absent_below": float("nan")}, "--absent-below is nan"),
        ({"present_above": float("nan")}, "--present-above nan"),
        ({"votes": 0}, "--votes is 0"),
        ({"votes": 5}, "from 1 to 4"),
        ({"max_pixels": 10}, "--max-pixels is 10"),
        ({"batch_size": 0}, "--batch-size is 0"),
        ({"batch_size": 5_000}, "from 1 to 4,096"),
        ({"verifiers": ("llava", "llava")}, "named twice"),
        ({"instances": Path("i.json")}, "no verifier reads it"),
        ({"instances": Path("i.json"), "verifiers": ("llava",)}, "--verifier instances"),
    ],
)
def test_refused_in_words(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        VerifySettings(**fields)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"absent_below": 0.0, "present_above": 1.0},
        {"absent_below": 0.5, "present_above": 0.5},
        {"votes": 4, "max_pixels": 784, "batch_size": 1},
        {"verifiers": ("instances", "llava", "llava=other"), "instances": Path("i.json")},
    ],
)
def test_what_makes_sense_is_taken(fields: dict[str, Any]) -> None:
    settings = VerifySettings(**fields)
    for name, value in fields.items():
        assert getattr(settings, name) == value
