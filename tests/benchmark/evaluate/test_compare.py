"""Pairs of models on the items that both were scored on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from negdata.benchmark.evaluate.compare import compare
from negdata.benchmark.evaluate.report import Figure, ModelScores
from negdata.benchmark.evaluate.scored import Scored

pytest.importorskip("numpy")


def _scored(model: str, credits: Sequence[float | None]) -> Scored:
    figure = Figure(metric="accuracy", value=0.0, n=1, of=1)
    return Scored(ModelScores(model=model, figures=[figure]), credits, iter(()))


A = _scored("a", [1.0] * 12 + [0.0] * 26 + [1.0] * 100 + [None, 1.0])
B = _scored("b", [0.0] * 12 + [1.0] * 26 + [1.0] * 100 + [1.0, None])
C = _scored("c", [0.5] * 140)


def test_a_pair_is_compared_on_what_both_have() -> None:
    (found,) = compare([A, B], baseline=None, seed=1)
    assert (found.a, found.b, found.n, found.only_a, found.only_b) == ("a", "b", 138, 12, 26)
    assert found.difference == pytest.approx(14 / 138)
    assert found.low < found.difference < found.high
    assert found.p_value == pytest.approx(0.0335524, abs=1e-6)  # scipy 1.17, binomtest(12, 38).pvalue


def test_without_a_baseline_each_is_compared_with_each() -> None:
    assert [(one.a, one.b) for one in compare([A, B, C], baseline=None, seed=1)] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_with_a_baseline_all_are_compared_with_it() -> None:
    assert [(one.a, one.b) for one in compare([A, B, C], baseline="b", seed=1)] == [("b", "a"), ("b", "c")]


def test_what_has_no_outcome_an_item_is_not_compared() -> None:
    assert compare([_scored("a", ()), _scored("b", ())], baseline=None, seed=1) == []


def test_every_metric_with_credits_is_compared_in_the_order_of_the_figures() -> None:
    figures = [Figure(metric=metric, value=0.0, n=2, of=2) for metric in ("R@1", "mean", "R@5")]

    def found(model: str, first: Sequence[float | None], fifth: Sequence[float | None]) -> Scored:
        return Scored(ModelScores(model=model, figures=figures), (), iter(()), {"R@5": fifth, "R@1": first})

    one, five = compare([found("a", [0, 0], [0, 1]), found("b", [1, 1], [None, 0.5])], baseline="a", seed=0)
    assert (one.metric, one.difference, one.n) == ("R@1", 1.0, 2)
    assert (five.metric, five.difference, five.n) == ("R@5", -0.5, 1)
