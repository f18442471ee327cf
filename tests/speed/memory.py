"""Memory of ``negdata caption --backend rules`` over a million captions: sampled each second, it must be flat.

    python -m tests.speed.memory [--rows 1000000] [--every 1.0]

Needs Linux's /proc. Reading the source for the first time (the survey) is the row of 0 %.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.speed.common import print_table, write_corpus

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--every", type=float, default=1.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus, out = Path(folder) / "corpus.jsonl", Path(folder) / "out.jsonl"
        write_corpus(corpus, arguments.rows)
        command: list[str | Path] = [sys.executable, "-m", "negdata.cli", "caption", corpus, "-o", out, "--json"]
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        samples: list[tuple[float, int, int]] = []
        while process.poll() is None:
            resident = _resident(process.pid)
            if resident:
                samples.append((time.monotonic() - began, _written(out), resident))
            time.sleep(arguments.every)
        seconds, written = time.monotonic() - began, _written(out)
        if process.returncode:
            raise SystemExit(f"negdata ended with {process.returncode}")
    rows = []
    for percent in range(0, 101, 10):
        reached = [sample for sample in samples if 100 * sample[1] <= percent * written]
        if reached:
            after, _, resident = reached[-1]
            rows.append([f"{percent} %", f"{after:,.0f}", f"{resident / MEGABYTE:,.1f}"])
    rows.append(["peak", f"{seconds:,.0f}", f"{max(sample[2] for sample in samples) / MEGABYTE:,.1f}"])
    print_table([f"of {arguments.rows:,} captions", "seconds", "memory, MB"], rows)


def _resident(process: int) -> int:
    """The bytes that a process holds in memory; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _written(out: Path) -> int:
    """Bytes of records made so far."""
    files = (out, out.with_name("out.rejected.jsonl"), out.with_name("out.failed.jsonl"))
    return sum(file.stat().st_size for file in files if file.exists())


if __name__ == "__main__":
    main()
