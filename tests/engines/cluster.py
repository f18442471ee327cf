"""Real Ray clusters on this machine, and ways to hurt them."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def cluster(nodes: int) -> Iterator[Any]:
    """A head without cores, and nodes of one core each, every one a raylet of its own."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        made.workers = [made.add_node(num_cpus=1) for _ in range(nodes)]
        yield made
    finally:
        made.shutdown()


def block_workers() -> list[int]:
    """The processes in which blocks are worked on."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if b"MapWorker(MapBatches(_BlockWorker))" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def kill_one(chance: random.Random) -> bool:
    """Kills one of them, as a kernel short of memory does; False where there is none."""
    there = block_workers()
    if not there:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(there), signal.SIGKILL)
    return True
