"""A fine-tuning: what it gained and cost, how the loss went, and what data it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from markupsafe import Markup
from pydantic import ValidationError

from negdata.exclusion.trained import MANIFEST
from negdata.filter.check.figures import wilson
from negdata.manifest import read_manifest_as
from negdata.report.charts import Change, change_chart
from negdata.report.choices import short_name, signed
from negdata.report.runs import duration, run_panel, settings_rows
from negdata.report.section import Figure, PanelView, Section
from negdata.train.curve_svg import curve_svg
from negdata.train.curves import CURVE, CurveLine, StepLine, ValidationLine, read_curve
from negdata.train.gains import Gain
from negdata.train.report import FinetuneReport
from negdata.train.run import SCORES
from negdata.train.run_folder import RunManifest

_MOST_VALIDATIONS = 40


def training_section(folder: Path, limit: int) -> Section:
    """The section of a folder of ``negdata finetune``, finished or not; ``limit`` has nothing to cut here.

    Raises:
        NegdataError: its curve or its manifest can't be read.
    """
    manifest = read_manifest_as(RunManifest, folder / MANIFEST)
    lines = read_curve(folder / CURVE) if (folder / CURVE).is_file() else []
    report, problem = _scores(folder / SCORES)
    panels = [] if report is None else [_gains_panel(report)]
    panels.append(_loss_panel(lines, manifest))
    if report is not None:
        panels.append(_data_panel(report))
    if manifest is not None and report is not None:
        counts = manifest.counts
        panels.append(run_panel(manifest, (counts.kept, counts.rejected, counts.failed), of_records=False))
    return Section(
        kind="training",
        path=folder,
        eyebrow="Fine-tuned model" if report is not None else "Fine-tuning under way",
        lead=_lead(report, lines),
        figures=_figures(report, lines),
        views=tuple(panels),
        notes=tuple(dict.fromkeys(_notes(report, manifest, problem))),
    )


def _scores(path: Path) -> tuple[FinetuneReport | None, str | None]:
    """What the run came to; None of one that isn't finished."""
    try:
        return FinetuneReport.model_validate(orjson.loads(path.read_bytes())), None
    except FileNotFoundError:
        return None, None
    except (OSError, orjson.JSONDecodeError, ValidationError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return None, f"{path.name} can't be read ({said}), so scores aren't shown."


def _gains_panel(report: FinetuneReport) -> PanelView:
    changes = [_change(row) for row in report.gains.rows]
    return PanelView(
        name="gains",
        label="Gains",
        template="gains.html.j2",
        context={"gains": report.gains, "chart": change_chart(changes) if changes else None, "kept": report.kept},
    )


def _change(row: Gain) -> Change:
    return Change(f"{row.bench}, {row.metric}", _share(row.before, row.n), _share(row.after, row.n), row.chance)


def _share(value: float, number: int) -> tuple[float, float, float]:
    low, high = wilson(value * number, number) or (value, value)
    return value, low, high


def _loss_panel(lines: Sequence[CurveLine], manifest: RunManifest | None) -> PanelView:
    validations = [line for line in lines if isinstance(line, ValidationLine)]
    recipe: list[tuple[str, str]] = settings_rows(manifest.recipe) if manifest is not None else []
    return PanelView(
        name="loss",
        label="Loss",
        template="loss.html.j2",
        context={
            "chart": Markup(curve_svg(lines, "")),  # noqa: S704  numbers and our words alone
            "validations": [
                (line.step, line.epoch, line.validation.get("loss")) for line in validations[-_MOST_VALIDATIONS:]
            ],
            "recipe": recipe,
        },
    )


def _data_panel(report: FinetuneReport) -> PanelView:
    checks = report.checks
    reasons = [(name, count, "rejected") for name, count in report.rejected.items()]
    reasons += [(name, count, "failed") for name, count in report.failed.items()]
    rows = checks.rows_per_image
    facts = [
        ("images", f"{checks.images:,}"),
        ("captions", f"{checks.pairs:,}"),
        ("trained on", f"{report.trained_rows:,}"),
        ("held out", f"{report.held_rows:,}"),
        ("with a false caption", f"{checks.with_false_caption:,}"),
        ("captions an image", f"{rows.min:,} to {rows.max:,}, {rows.median:g} in the middle"),
        ("longest text", f"{checks.longest:,} tokens of {checks.context:,}"),
    ]
    return PanelView(
        name="data",
        label="Data",
        template="training_data.html.j2",
        context={
            "facts": facts,
            "outcomes": [
                ("used", report.pairs, "kept"),
                ("rejected", sum(report.rejected.values()), "rejected"),
                ("failed", sum(report.failed.values()), "failed"),
            ],
            "total": max(1, report.taken),
            "reasons": reasons,
            "most": max([1, *(count for _, count, _ in reasons)]),
        },
    )


def _lead(report: FinetuneReport | None, lines: Sequence[CurveLine]) -> str:
    steps = sum(isinstance(line, StepLine) for line in lines)
    if report is None:
        return f"{steps:,} steps are done; there are no scores yet." if steps else "Training hasn't begun."
    took = duration(report.seconds)
    made = f"{short_name(report.model)}, fine-tuned by the recipe {report.recipe}: {report.steps:,} steps in {took}"
    return f"{made}. Kept: {report.kept}."


def _figures(report: FinetuneReport | None, lines: Sequence[CurveLine]) -> tuple[Figure, ...]:
    if report is None:
        last = next((line for line in reversed(lines) if isinstance(line, StepLine)), None)
        if last is None:
            return ()
        loss = "–" if last.loss is None else f"{last.loss:.3f}"
        return (Figure("steps", f"{last.step:,}"), Figure("epochs", f"{last.epoch:.2f}"), Figure("loss", loss))
    rows = [row for row in report.gains.rows if row.suite != "held-out"][:2]
    figures: list[Figure] = []
    for row in rows:
        tone: Any = "good" if row.difference > 0 else "bad" if row.difference < 0 else ""
        figures.append(Figure(f"{row.bench}, points", signed(row.difference, 1), tone))
    gate = report.gains.gate
    gained = signed(-gate.drop, 1)
    figures.append(
        Figure(f"{gate.metric}, points", gained, "bad" if not gate.passed else "good" if gate.drop < 0 else "")
    )
    return tuple(figures)


def _notes(report: FinetuneReport | None, manifest: RunManifest | None, problem: str | None) -> list[str]:
    notes = []
    if problem is not None:
        notes.append(problem)
    if manifest is None:
        notes.append("There is no manifest in this folder, so nothing is known of how it was made.")
    elif manifest.state != "finished":
        told = {"running": "is under way, or ended without a word", "interrupted": "was interrupted"}
        notes.append(
            f"The run {told.get(manifest.state, 'stopped on an error')}. The same command goes on where it was."
        )
    if report is not None:
        if not report.gains.gate.passed:
            notes.append(f"The gate is not passed. {report.gains.gate.sentence}")
        notes += [*report.notes, *report.gains.notes]
    return notes
