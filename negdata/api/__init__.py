"""The commands as functions: ``negdata.caption(...)`` does what ``negdata caption`` does, with the same words.

Each takes the options of its command under their names, with underscores (``--top-p`` is ``top_p``), and returns what
the function behind the command returns. Nothing is printed; progress goes to callbacks, errors are ``NegdataError``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from negdata.api.benchmarks import build_bench, evaluate
    from negdata.api.captions import caption
    from negdata.api.demonstration import demo
    from negdata.api.examining import doctor
    from negdata.api.filtering import check, filter
    from negdata.api.looking import export_data, stats
    from negdata.api.merging import merge
    from negdata.api.showing import report
    from negdata.api.training import export, finetune

__all__ = [
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

_MODULES = {
    "benchmarks": ("build_bench", "evaluate"),
    "captions": ("caption",),
    "demonstration": ("demo",),
    "examining": ("doctor",),
    "filtering": ("check", "filter"),
    "looking": ("export_data", "stats"),
    "merging": ("merge",),
    "showing": ("report",),
    "training": ("export", "finetune"),
}


def __getattr__(name: str) -> object:
    """Loads on first use, so that whoever captions doesn't load what trains."""
    for module, functions in _MODULES.items():
        if name in functions:
            return getattr(importlib.import_module(f"negdata.api.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
