"""Decides which caption records are fit to train on: by their words, and by what their images show.

from pathlib import Path
from negdata.filter import FilterSettings, filter_captions
from negdata.verify import VerifySettings

truth = VerifySettings(verifiers=("instances",), instances=Path("instances_val2017.json"))
summary = filter_captions(FilterSettings(source=Path("captions.jsonl"), out=Path("clean.jsonl"), verify=truth))
"""

from __future__ import annotations

from negdata.filter.check import CheckFigures, CheckSettings, check_verifiers
from negdata.filter.run import filter_captions
from negdata.filter.settings import FilterSettings
from negdata.filter.summary import FilterSummary

__all__ = [
    "CheckFigures",
    "CheckSettings",
    "FilterSettings",
    "FilterSummary",
    "check_verifiers",
    "filter_captions",
]
