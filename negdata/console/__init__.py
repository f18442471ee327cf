"""The only package that prints: progress, summaries, tables and errors."""

from __future__ import annotations

from negdata.console.base import error, json_line, line, lines, visible, warning
from negdata.console.benchmarks import build_summary, definition_table
from negdata.console.captions import caption_summary, estimate_table, example
from negdata.console.corpus import prompt_table, statistics_table
from negdata.console.evaluation import evaluation, partial_scores
from negdata.console.filtering import check_tables, filter_summary
from negdata.console.progress import progress

__all__ = [
    "build_summary",
    "caption_summary",
    "check_tables",
    "definition_table",
    "error",
    "estimate_table",
    "evaluation",
    "example",
    "filter_summary",
    "json_line",
    "line",
    "lines",
    "partial_scores",
    "progress",
    "prompt_table",
    "statistics_table",
    "visible",
    "warning",
]
