"""A hub's cache on disk in which a small model of the same class stands under a large one's name."""

from __future__ import annotations

import shutil
from pathlib import Path

REVISION = "0" * 40


def put_under_name(model: Path, name: str, home: Path) -> None:
    """Puts a model's folder into the cache below ``home`` as ``name``: it is found there with HF_HOME, offline."""
    entry = home / "hub" / f"models--{name.replace('/', '--')}"
    shutil.copytree(model, entry / "snapshots" / REVISION)
    (entry / "refs").mkdir()
    (entry / "refs" / "main").write_text(REVISION)
