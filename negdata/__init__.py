"""negdata teaches CLIP what "no" means: verified negation-aware captions, benchmarks and fine-tuning.

Every command is a function too: ``negdata.caption("captions.json", out="captions.jsonl", backend="ollama")``.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from negdata.calling import CALLABLE, Root

if TYPE_CHECKING:
    from negdata.api import (
        build_bench,
        caption,
        check,
        demo,
        doctor,
        evaluate,
        export,
        export_data,
        filter,
        finetune,
        merge,
        report,
        stats,
    )
    from negdata.errors import NegdataError

__version__ = "0.1.0"

__all__ = [
    "NegdataError",
    "__version__",
    "build_bench",
    "caption",
    "check",
    "demo",
    "doctor",
    "evaluate",
    "export",
    "export_data",
    "filter",
    "finetune",
    "merge",
    "report",
    "stats",
]

sys.modules[__name__].__class__ = Root


def __getattr__(name: str) -> object:
    """Loads on first use, so that ``import negdata`` stays light."""
    if name in CALLABLE:
        return importlib.import_module(f"negdata.{name}")
    if name == "NegdataError":
        from negdata.errors import NegdataError

        return NegdataError
    if name in __all__:
        return getattr(importlib.import_module("negdata.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
