"""A folder of parts, here or elsewhere, made of records as a run on several machines makes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from negdata.manifest import Counts, Manifest, now, settings_hash
from negdata.parts import Parts, summed
from negdata.records import CaptionRecord
from negdata.store import OutputPaths
from tests.report import made

Output: TypeAlias = tuple[Sequence[CaptionRecord], Sequence[CaptionRecord], Sequence[str]]
"""What was kept and rejected, and the ids of what failed."""


def write_parts(
    folder: Path,
    scratch: Path,
    outputs: Sequence[Output],
    *,
    wanted: int | None = None,
) -> Path:
    """A part for each output's kept, rejected and failed; with ``wanted`` more than there are, an unfinished run."""
    parts = Parts(folder)
    for number, (kept, rejected, failed) in enumerate(outputs):
        out = made.captions_output(scratch / str(number), kept, rejected, failed)
        counts = Counts(
            taken=len(kept) + len(rejected) + len(failed), kept=len(kept), rejected=len(rejected), failed=len(failed)
        )
        parts.commit(number, OutputPaths.of(out), _manifest(counts))
    sums, *_ = summed(parts.committed())
    whole = _manifest(sums)
    whole.extra["parts"] = len(outputs) if wanted is None else wanted
    whole.state = "finished" if wanted is None else "running"
    parts.write_manifest(whole)
    return folder


def _manifest(counts: Counts) -> Manifest:
    settings = {"source": "captions.json"}
    return Manifest(
        state="finished",
        command="negdata filter captions.jsonl -o out/",
        settings={**settings},
        settings_hash=settings_hash({**settings}),
        counts=counts,
        started=now(),
        seconds=1.0,
    )
