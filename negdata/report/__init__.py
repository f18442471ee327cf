"""Shows what was made: one HTML page of any output of negdata, to look through, filter and mark.

from pathlib import Path
from negdata.report import ReportSettings, write_report

summary = write_report(
    ReportSettings(paths=(Path("clean.jsonl"),), out=Path("report.html"), images=(Path("val2017"),))
)
"""

from __future__ import annotations

from negdata.report.settings import ReportSettings
from negdata.report.summary import ReportSummary, SectionSummary
from negdata.report.write import write_report

__all__ = ["ReportSettings", "ReportSummary", "SectionSummary", "write_report"]
