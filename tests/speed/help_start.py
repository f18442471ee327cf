"""The cold start of ``negdata --help``: the median of ten processes, beside a Python that does nothing.

python -m tests.speed.help_start [--times 10]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

from tests.speed.common import print_table


def seconds(command: Sequence[str | Path]) -> float:
    """How long a command takes."""
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    arguments = parser.parse_args()
    negdata = Path(sysconfig.get_path("scripts")) / "negdata"
    commands: tuple[tuple[str, list[str | Path]], ...] = (
        ("python -c pass", [sys.executable, "-c", "pass"]),
        ("negdata --help", [negdata, "--help"]),
        ("negdata --version", [negdata, "--version"]),
        ("negdata caption --help", [negdata, "caption", "--help"]),
    )
    rows = []
    for name, command in commands:
        seconds(command)  # the first start compiles and fills the disk's cache
        taken = [seconds(command) for _ in range(arguments.times)]
        rows.append([name, *(f"{value:.3f}" for value in (statistics.median(taken), min(taken), max(taken)))])
    print_table(["command", "median, s", "least, s", "most, s"], rows)


if __name__ == "__main__":
    main()
