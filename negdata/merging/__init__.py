"""Puts the outputs of several machines together: what ``--shard`` divided, or what lies in a folder of parts.

from pathlib import Path
from negdata.merging import MergeSettings, merge_outputs

shards = (Path("shard-1.jsonl"), Path("shard-2.jsonl"), Path("shard-3.jsonl"))
summary = merge_outputs(MergeSettings(inputs=shards, out=Path("captions.jsonl")))
"""

from __future__ import annotations

from negdata.merging.run import MergeSummary, merge_outputs
from negdata.merging.settings import MergeSettings

__all__ = ["MergeSettings", "MergeSummary", "merge_outputs"]
