"""How a run went, from its manifest: the equation, reasons, pace, tokens, settings, and in words what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import JsonValue

from negdata.manifest import Manifest
from negdata.report.charts import throughput_chart
from negdata.report.section import Figure, PanelView
from negdata.store import OutputPaths

_STATES = {
    "finished": "The run is finished.",
    "interrupted": "The run was interrupted. The same command goes on where it was.",
    "stopped": "The run stopped on an error. The same command goes on where it was.",
}
_LONGEST = 300


def equation(kept: int, rejected: int, failed: int) -> tuple[Figure, ...]:
    """in = kept + rejected + failed, as the head of a section shows it."""
    return (
        Figure("in", f"{kept + rejected + failed:,}"),
        Figure("kept", f"{kept:,}", "good" if kept else "", "="),
        Figure("rejected", f"{rejected:,}", "unsure" if rejected else "", "+"),
        Figure("failed", f"{failed:,}", "bad" if failed else "", "+"),
    )


def state_notes(path: Path, manifest: Manifest | None, problem: str | None, counts: tuple[int, int, int]) -> list[str]:
    """What a reader has to know of a run that isn't finished, or of which nothing is known."""
    if manifest is None:
        if problem is not None:
            return [problem]
        return ["There is no manifest beside this file, so nothing is known of how it was made."]
    if manifest.state == "running":
        if OutputPaths.of(path).lock.exists():
            told = "The run is still under way: this page shows what was done when it was written."
        else:
            told = (
                "The run was under way when it was last heard of, and ended without a word. The same command goes on."
            )
        return [told]
    told_counts = (manifest.counts.kept, manifest.counts.rejected, manifest.counts.failed)
    notes = [] if manifest.state == "finished" else [_STATES[manifest.state]]
    if counts != told_counts:
        said = " + ".join(f"{count:,}" for count in told_counts)
        notes.append(f"The manifest counts {said}; the files hold other numbers, and these are shown.")
    return notes


def run_panel(manifest: Manifest, counts: tuple[int, int, int], *, of_records: bool = True) -> PanelView:
    """The view of a run that has a manifest; ``of_records``: whether it went over records one by one."""
    kept, rejected, failed = counts
    done = kept + rejected + failed
    usage = manifest.usage
    return PanelView(
        name="run",
        label="Run",
        template="run.html.j2",
        context={
            "manifest": manifest,
            "outcomes": [("kept", kept), ("rejected", rejected), ("failed", failed)],
            "total": max(done, 1),
            "reasons": [(reason, count, "rejected") for reason, count in manifest.reasons.items()]
            + [(error, count, "failed") for error, count in manifest.errors.items()],
            "most": max([1, *manifest.reasons.values(), *manifest.errors.values()]),
            "chart": throughput_chart(manifest.progress),
            "facts": _facts(manifest, done if of_records else 0),
            "of_records": of_records,
            "asked": bool(usage.requests or usage.cached),
            "settings": settings_rows(manifest.settings),
            "extra": settings_rows(manifest.extra),
        },
    )


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def settings_rows(settings: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """Settings as names and values, those without a value left out."""
    rows = []
    for name, value in settings.items():
        if value not in (None, "", [], {}):
            said = value if isinstance(value, str) else orjson.dumps(value).decode()
            rows.append((name, said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"))
    return rows


def _facts(manifest: Manifest, done: int) -> list[tuple[str, str]]:
    usage = manifest.usage
    facts = [("state", manifest.state), ("started", manifest.started.replace("T", " ").replace("+00:00", " UTC"))]
    facts.append(("took", duration(manifest.seconds) + (f", {manifest.runs} runs" if manifest.runs > 1 else "")))
    if manifest.seconds and done:
        facts.append(("pace", f"{done / manifest.seconds:,.1f} records a second"))
    if usage.requests or usage.cached:
        facts += [("requests", f"{usage.requests:,}"), ("from the cache", f"{usage.cached:,}")]
    if usage.prompt_tokens or usage.completion_tokens:
        facts += [("tokens in", f"{usage.prompt_tokens:,}"), ("tokens out", f"{usage.completion_tokens:,}")]
        if manifest.seconds:
            tokens = (usage.prompt_tokens + usage.completion_tokens) / manifest.seconds
            facts.append(("tokens a second", f"{tokens:,.0f}"))
    return facts
