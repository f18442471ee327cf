"""Hands a set of captions on in the forms that others read, with a dataset card and Croissant metadata.

from pathlib import Path
from negdata.publish import DataExportSettings, export_data

summary = export_data(DataExportSettings(source=Path("clean.jsonl"), to="hf", out=Path("dataset")))
"""

from __future__ import annotations

from negdata.publish.run import export_data
from negdata.publish.settings import FORMS, DataExportSettings
from negdata.publish.summary import DataExportSummary

__all__ = ["FORMS", "DataExportSettings", "DataExportSummary", "export_data"]
