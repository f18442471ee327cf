"""The files that every built benchmark has beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from pydantic import JsonValue

from negdata.benchmark.definition import Definition
from negdata.benchmark.settings import BuildSettings
from negdata.benchmark.summary import BuildSummary
from negdata.errors import NegdataError
from negdata.manifest import Counts, Manifest, clean_settings, now, settings_hash
from negdata.whole_files import write_whole


def check_output(settings: BuildSettings, suffix: str) -> None:
    """Makes the output's folder; NegdataError where that can't be, or the name ends in another suffix."""
    if settings.out.suffix != suffix:
        raise NegdataError(
            f"The output {settings.out} doesn't end in {suffix}.", f"Name it {settings.out.with_suffix(suffix)}."
        )
    folder = settings.out.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NegdataError(f"The folder {folder} can't be made: {error.strerror}.", "Give another --out.") from error


def write_rejected(settings: BuildSettings, rows: Iterable[Mapping[str, JsonValue]]) -> None:
    """``OUT.rejected.jsonl``: a line for everything that gave no item."""
    lines = (orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    write_whole(settings.rejected_path, b"".join(lines))


def write_manifest(
    settings: BuildSettings, definition: Definition, digests: Mapping[str, str], summary: BuildSummary, started: str
) -> None:
    """``OUT.manifest.json``: what made the benchmark, and what came of it."""
    told: dict[str, JsonValue] = {
        "definition": definition.id,
        "source": str(settings.source),
        "instances": str(settings.instances) if settings.instances is not None else None,
        "sources": dict(digests),
        "split": settings.split,
        "split_by": settings.split_by,
        "rich": settings.rich,
        "seed": settings.seed,
        "verifiers": list(settings.verify.verifiers),
    }
    told = clean_settings(told)
    Manifest(
        state="finished",
        command=settings.command_line,
        settings=told,
        settings_hash=settings_hash(told),
        counts=Counts(taken=summary.taken, kept=summary.kept, rejected=summary.rejected),
        reasons=summary.reasons,
        started=started,
        finished=now(),
        seconds=summary.seconds,
        extra={"cues": dict(summary.cues), "kinds": dict(summary.kinds), "positions": dict(summary.positions)},
    ).write(settings.manifest_path)
