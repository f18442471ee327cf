"""``negdata.merge(...)``: the outputs of several machines become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from negdata.api.values import StrPath, as_path, as_paths
from negdata.merging import MergeSettings, MergeSummary, merge_outputs


def merge(
    inputs: StrPath | Sequence[StrPath],
    *,
    out: StrPath,
    fresh: bool = False,
    on_rows: Callable[[int], None] | None = None,
) -> MergeSummary:
    """Puts the outputs of ``shard`` together to what one run would have written, as ``negdata merge`` does.

    Args:
        inputs: The outputs of all shards of one run, or a folder of parts.
        out: OUT.jsonl for caption records, or OUT.json for the COCO layout with updated_caption.
        fresh: Replace what is there, whatever it is.
        on_rows: called with the number of records read so far.

    Returns:
        taken = kept + rejected + failed, with reasons.

    Raises:
        NegdataError: the outputs are no whole, or what is there isn't to be replaced; nothing was written.
    """
    return merge_outputs(MergeSettings(inputs=as_paths(inputs), out=as_path(out), fresh=fresh), on_rows=on_rows)
