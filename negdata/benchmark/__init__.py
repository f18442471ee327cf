"""Benchmarks of negation: built from annotations, and scored on any CLIP."""

from __future__ import annotations

from negdata.benchmark.build import build_benchmark
from negdata.benchmark.settings import BuildSettings
from negdata.benchmark.summary import BuildSummary

__all__ = ["BuildSettings", "BuildSummary", "build_benchmark"]
