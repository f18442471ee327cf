"""How much of a server's latency concurrency hides: ``negdata caption --concurrency 64`` beside a sequential SDK loop.

    python -m tests.speed.latency [--requests 5000] [--rounds 3]

The server takes 50 ms for an answer and works on 64 at a time, so 1,280 requests a second are the most there is.
"""

from __future__ import annotations

import argparse
import statistics

from tests.speed.client_throughput import bodies, negdata, sequential
from tests.speed.common import null_server, print_table

LATENCY = 0.05
SLOTS = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    asked = bodies(100)
    loop, run, whole = [], [], []
    with null_server("--latency", str(LATENCY), "--slots", str(SLOTS)) as url:
        for _ in range(arguments.rounds):
            loop.append(sequential(url, asked))
            in_run, in_whole = negdata(url, arguments.requests, SLOTS)
            run.append(in_run)
            whole.append(in_whole)
    base = statistics.median(loop)
    print_table(
        ["50 ms latency, 64 slots", "requests/s", "times the loop"],
        [
            [name, f"{statistics.median(rates):,.0f}", f"{statistics.median(rates) / base:.1f}"]
            for name, rates in (
                ("SDK, sequential loop", loop),
                ("negdata caption --concurrency 64", run),
                ("the same, whole command", whole),
            )
        ],
    )


if __name__ == "__main__":
    main()
