"""Where the small CLIP of the drawn world lies."""

from __future__ import annotations

from pathlib import Path

SMALL_CLIP = Path(__file__).with_name("small_clip")
"""A folder of the transformers library; ``negdata.demo.pretrain`` made it."""
