"""One of several processes that tell each other things: ``-m tests.process_group_worker FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from negdata.processes import joined

KEYS = (b"here", b"there", b"here")


def main() -> None:
    with joined() as processes:
        rank = processes.rank
        told = processes.told(b"" if rank == 1 else b"\x00\xff" * (rank + 1))
        near = processes.alike(KEYS[rank])
        first = torch.tensor([rank])
        near.as_in_first([first])
        near.wait()
        rows = torch.zeros(5, 2)
        for place in processes.share(range(5)):
            rows[place] = torch.tensor([float("nan") if place == 1 else -0.0, place])
        processes.fill(rows)
        said = {
            "told": [one.hex() for one in told],
            "near": [near.rank, near.size, near.first, near.any(rank == 2)],
            "told near": [one.decode() for one in near.told(str(rank).encode())],
            "first near": int(first),
            "all alike": processes.alike(b"same").size,
            "rows": rows.numpy().tobytes().hex(),
        }
        Path(sys.argv[1]).write_text(json.dumps(said))


if __name__ == "__main__":
    main()
