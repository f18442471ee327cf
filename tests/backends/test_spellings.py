"""The spellings of yes and no among a model's tokens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.backends.spellings import choice_masses, spelled


@pytest.mark.parametrize("token", ["yes", " yes", "YES", "▁Yes", "Ġyes", "yes,", "Yes.", '"yes', "**Yes", "\nYes"])
def test_a_spelling_of_yes(token: str) -> None:
    assert spelled(token) == "yes"


@pytest.mark.parametrize("token", ["yesterday", "y", "nose", "not", "none", "", " ", "y es", "да"])
def test_what_is_neither(token: str) -> None:
    assert spelled(token) not in ("yes", "no")


def test_spellings_add_up() -> None:
    alternatives = [("Yes", math.log(0.5)), (" yes", math.log(0.25)), ("No", math.log(0.125)), ("The", math.log(0.1))]
    assert choice_masses(alternatives, ("yes", "no")) == pytest.approx((0.75, 0.125))
    assert choice_masses(alternatives, ("no", "yes")) == pytest.approx((0.125, 0.75))


@given(st.lists(st.tuples(st.text(max_size=6), st.floats(allow_nan=True))))
def test_whatever_a_server_sends_gives_probabilities(alternatives: list[tuple[str, float]]) -> None:
    masses = choice_masses([*alternatives, ("Yes", 5.0), ("No", math.nan)], ("yes", "no"))
    assert len(masses) == 2
    assert all(0.0 <= mass <= 1.0 for mass in masses)
