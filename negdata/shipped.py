"""Where the data that ships with negdata lies: prompts/, benchmark/ and train/."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Kind = Literal["prompts", "benchmark", "train"]


def shipped(kind: Kind) -> Path:
    """The folder of shipped ``kind`` files: inside the installed wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_shipped" / kind
    return installed if installed.is_dir() else package.parent / kind
