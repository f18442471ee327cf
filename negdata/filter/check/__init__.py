"""Measures verifiers where the answer is known: how often they are right, and whether their probabilities mean it."""

from __future__ import annotations

from negdata.filter.check.figures import CheckFigures
from negdata.filter.check.run import check_verifiers
from negdata.filter.check.settings import CheckSettings

__all__ = ["CheckFigures", "CheckSettings", "check_verifiers"]
