"""Turns captions into negated captions.

from pathlib import Path
from negdata.caption import CaptionSettings, caption_corpus

summary = caption_corpus(CaptionSettings(source=Path("captions.json"), out=Path("captions.jsonl")))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from negdata.caption.run import caption_corpus, estimate_caption_run
    from negdata.caption.settings import CaptionSettings

__all__ = ["CaptionSettings", "caption_corpus", "estimate_caption_run"]


def __getattr__(name: str) -> object:
    """Loads on first use, so that importing one step doesn't import every backend."""
    if name == "CaptionSettings":
        from negdata.caption.settings import CaptionSettings

        return CaptionSettings
    if name in ("caption_corpus", "estimate_caption_run"):
        from negdata.caption import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
