"""docs/scale.md says what its script computes, and the script computes what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.speed.scale import figures as of
from tests.speed.scale.paper import ALL, PLAIN, VERIFIED, Course, Wanted, gpus_as_fast_as_planning, written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"


def test_the_tables_are_what_the_script_computes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python -m tests.speed.scale paper --write"


def test_every_figure_is_on_the_page_with_its_source() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for figure in (*of.MEASURED, *of.ASSUMED):
        assert f"| {figure.what} |" in page
        assert figure.source
    assert all(figure.source == "assumed" for figure in of.ASSUMED)


@pytest.mark.parametrize("wanted", ALL, ids=lambda wanted: wanted.name)
def test_costs_grow_with_what_is_asked(wanted: Wanted) -> None:
    assert wanted.gpu_seconds(fast=True) < wanted.gpu_seconds(fast=False)
    assert wanted.gpu_seconds(fast=True) >= PLAIN.gpu_seconds(fast=True)
    assert wanted.dollars(of.CHEAP_IN, of.CHEAP_OUT) < wanted.dollars(of.DEAR_IN, of.DEAR_OUT)


def test_a_million_tokens_cost_their_price() -> None:
    captions = 1e6 / of.PROMPT.value
    sent = captions * PLAIN.dollars(of.DEAR_IN, of.Figure("nothing", 0.0, "", ""))
    assert sent == pytest.approx(of.DEAR_IN.value)


def test_planning_takes_as_long_as_the_models_where_it_is_said_to() -> None:
    gpus = gpus_as_fast_as_planning(VERIFIED, fast=True)
    few, many = (Course.of_run(VERIFIED, 10**9, round(gpus * share), fast=True) for share in (0.5, 4.0))
    assert (few.slowest, many.slowest) == ("the models", "planning")
    level = Course.of_run(VERIFIED, 10**9, round(gpus), fast=True)
    assert level.models == pytest.approx(10**9 * of.PLANNING.value / 1e6 / 3_600, rel=0.01)
