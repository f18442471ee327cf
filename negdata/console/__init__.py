"""The only package that prints: progress, summaries, tables and errors."""

from __future__ import annotations

from negdata.console.base import error, json_line, line, lines, shortfall, speak, visible, warning
from negdata.console.benchmarks import build_summary, definition_table
from negdata.console.captions import caption_summary, estimate_table, example
from negdata.console.corpus import prompt_table, statistics_table
from negdata.console.demo import DemoSteps, demo_report
from negdata.console.doctor import diagnosis
from negdata.console.evaluation import evaluation, partial_scores
from negdata.console.export import export_summary
from negdata.console.filtering import check_tables, filter_summary
from negdata.console.finetuning import finetuned, gains
from negdata.console.merging import merge_summary
from negdata.console.progress import phases, progress, waiting
from negdata.console.publishing import data_export_summary
from negdata.console.recipes import recipe_table
from negdata.console.report import report_summary

__all__ = [
    "DemoSteps",
    "build_summary",
    "caption_summary",
    "check_tables",
    "data_export_summary",
    "definition_table",
    "demo_report",
    "diagnosis",
    "error",
    "estimate_table",
    "evaluation",
    "example",
    "export_summary",
    "filter_summary",
    "finetuned",
    "gains",
    "json_line",
    "line",
    "lines",
    "merge_summary",
    "partial_scores",
    "phases",
    "progress",
    "prompt_table",
    "recipe_table",
    "report_summary",
    "shortfall",
    "speak",
    "statistics_table",
    "visible",
    "waiting",
    "warning",
]
