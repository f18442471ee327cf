"""Fine-tunes CLIP's text tower on negation-aware captions, measures what it gained and cost, and passes it on."""

from __future__ import annotations

from negdata.train.report import FinetuneReport
from negdata.train.run import finetune
from negdata.train.settings import FinetuneSettings

__all__ = ["FinetuneReport", "FinetuneSettings", "finetune"]
