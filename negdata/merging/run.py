"""``negdata merge`` as one call: several outputs in, the one that a single run would have written out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from negdata.caption.coco_layout import write_coco_layout
from negdata.merging.checks import open_whole
from negdata.merging.settings import MergeSettings
from negdata.merging.target import put_elsewhere, refuse_others, write_merged, written_here
from negdata.merging.together import together
from negdata.remote import Address, place


class MergeSummary(BaseModel):
    """The figures of a merge; ``taken = kept + rejected + failed`` always holds.

    Attributes:
        merged: the outputs that were put together.
        reasons: rejected and failed records by reason code.
        seconds: that the merge took.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: str
    merged: list[str]
    taken: int
    kept: int
    rejected: int
    failed: int
    reasons: dict[str, int]
    seconds: float


def merge_outputs(settings: MergeSettings, *, on_rows: Callable[[int], None] | None = None) -> MergeSummary:
    """Puts outputs together to the one that a run over all of their records would have written.

    ``negdata caption`` or ``filter`` with the settings of that run goes on with it, and tries again what failed.

    Args:
        settings: what ``negdata merge`` is told.
        on_rows: called with the number of records read so far.

    Raises:
        NegdataError: the inputs are no whole, what is there isn't to be replaced, or the output can't be written.
    """
    began = time.monotonic()
    out = settings.records_path
    inputs = open_whole(settings.outputs)
    manifest = together(inputs, settings.command_line)
    with written_here(out, settings.command_line) as paths:
        if not settings.fresh:
            refuse_others(out, manifest)
        write_merged(inputs, paths, manifest, on_rows)
        document = paths.kept.with_suffix(".json") if settings.out.suffix == ".json" else None
        if document is not None:
            write_coco_layout(paths.kept, document)
        if isinstance(out, Address):
            put_elsewhere(out, paths, manifest, document)
    counts = manifest.counts
    return MergeSummary(
        out=str(place(settings.out)),
        merged=[str(one.path) for one in inputs],
        taken=counts.taken,
        kept=counts.kept,
        rejected=counts.rejected,
        failed=counts.failed,
        reasons=dict((Counter(manifest.reasons) + Counter(manifest.errors)).most_common()),
        seconds=round(time.monotonic() - began, 3),
    )
