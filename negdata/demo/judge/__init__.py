"""The small vision-language judge of the drawn world: how it was made, and where it lies."""

from __future__ import annotations

from pathlib import Path

SMALL_JUDGE = Path(__file__).parents[1] / "small_judge"
"""A folder of the transformers library; ``negdata.demo.judge.train`` made it."""
