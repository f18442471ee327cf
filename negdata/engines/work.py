"""What an engine is given: the blocks to work on, where they go, and what the run may ask of servers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.limits import Limits


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one run.

    Attributes:
        folder: of the output.
        blocks: their numbers.
        limits: of the whole run.
        splits: whether workers ask a server, and share the requests in flight; a model in a worker's own process is
            asked by it alone.
        models: whether a worker has a model in its own process, and so a GPU where there are any.
    """

    folder: Path
    blocks: tuple[int, ...]
    limits: Limits
    splits: bool
    models: bool = False
