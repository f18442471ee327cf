"""The learning rate: up to the recipe's, then as its shape says."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.train.recipe import ScheduleRule
from negdata.train.schedule import factor


def factors(shape: Literal["constant", "cosine"], warmup: float, steps: int) -> list[float]:
    rule = ScheduleRule(shape=shape, warmup=warmup)
    return [factor(rule, step, steps) for step in range(steps)]


@given(st.sampled_from(["constant", "cosine"]), st.floats(0, 0.99), st.integers(1, 200))
def test_it_rises_then_never_again(shape: Literal["constant", "cosine"], warmup: float, steps: int) -> None:
    found = factors(shape, warmup, steps)
    assert all(0 < value <= 1 for value in found)
    up = round(warmup * steps)
    assert found[:up] == sorted(found[:up])
    assert found[up:] == sorted(found[up:], reverse=True)
    if up:
        assert found[up - 1] == 1
        assert found[0] == pytest.approx(1 / up)
    if up < steps:
        assert found[up] == 1


def test_a_constant_rate_without_a_warm_up_is_the_papers() -> None:
    assert factors("constant", 0.0, 5) == [1.0] * 5


def test_a_cosine_goes_through_the_half_and_to_nearly_nothing() -> None:
    found = factors("cosine", 0.0, 100)
    assert found[50] == pytest.approx(0.5)
    assert found[-1] == pytest.approx(0.000247, abs=1e-5)
    assert factors("cosine", 0.05, 100)[4:6] == [1.0, 1.0]
