"""Scores models on benchmarks, with intervals, and says whether one is better than another."""

from __future__ import annotations

from negdata.benchmark.evaluate.report import BenchScores, Comparison, EvalReport, Figure, ModelScores
from negdata.benchmark.evaluate.run import evaluate, evaluate_together
from negdata.benchmark.evaluate.settings import EvalSettings
from negdata.benchmark.evaluate.table import as_csv

__all__ = [
    "BenchScores",
    "Comparison",
    "EvalReport",
    "EvalSettings",
    "Figure",
    "ModelScores",
    "as_csv",
    "evaluate",
    "evaluate_together",
]
