"""What Ray costs: the same captions by two shards and by two Ray workers, and a real model behind both engines.

    python -m tests.speed.engines overhead [--rows 1000000]
    python -m tests.speed.engines server [--rows 240]

``overhead`` uses the rules backend, whose work is all there is beside the engine's; the memory is that of the process
that Ray is driven from. ``server`` asks one llama.cpp server of SmolLM2, at the same number of requests in flight.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from tests.engines.corpus import same_records
from tests.models import SMOLLM2, available
from tests.servers.running import server
from tests.speed.common import negdata_json, print_table, write_corpus

PAGE = os.sysconf("SC_PAGE_SIZE")
CORES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    modes = parser.add_subparsers(dest="mode", required=True)
    modes.add_parser("overhead").add_argument("--rows", type=int, default=1_000_000)
    modes.add_parser("server").add_argument("--rows", type=int, default=240)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_corpus(folder / "corpus.jsonl", arguments.rows)
        if arguments.mode == "overhead":
            overhead(folder)
        else:
            behind_a_server(folder)


def overhead(folder: Path) -> None:
    """Shards side by side, then Ray with as many workers."""
    source, shards = folder / "corpus.jsonl", [folder / f"shard-{number}.jsonl" for number in range(1, CORES + 1)]
    began = time.monotonic()
    running = [
        _started("caption", source, "-o", out, "--shard", f"{number}/{CORES}") for number, out in enumerate(shards, 1)
    ]
    if any(process.wait() for process in running):
        raise SystemExit("a shard failed")
    by_shards = time.monotonic() - began
    began = time.monotonic()
    _run("merge", *shards, "-o", folder / "merged.jsonl")
    merging = time.monotonic() - began

    began = time.monotonic()
    driver = _started("caption", source, "-o", folder / "parts", "--engine", "ray", "--workers", str(CORES))
    samples: list[tuple[int, int]] = []
    while driver.poll() is None:
        samples.append((len(list((folder / "parts" / "manifests").glob("*"))), _resident(driver.pid)))
        time.sleep(1)
    by_ray = time.monotonic() - began
    if driver.returncode:
        raise SystemExit("the run on Ray failed")
    print_table(
        ["captions by rules", "seconds", "of shards"],
        [
            [f"{CORES} shards", f"{by_shards:,.0f}", "1.00"],
            ["their merge", f"{merging:,.0f}", f"{merging / by_shards:.2f}"],
            [f"Ray, {CORES} workers", f"{by_ray:,.0f}", f"{by_ray / by_shards:.2f}"],
        ],
    )
    most = samples[-1][0]
    memory = []
    for percent in (0, 1, 25, 50, 75, 100):
        reached = [resident for parts, resident in samples if 100 * parts <= percent * most]
        memory.append([f"{percent} %", f"{reached[-1] / 1e6:,.0f}"])
    memory.append(["peak", f"{max(resident for _, resident in samples) / 1e6:,.0f}"])
    print_table(["parts done", "memory of the driver, MB"], memory)
    print("the same records:", same_records(folder / "merged.jsonl", folder / "parts"))


def behind_a_server(folder: Path) -> None:
    """One server, eight requests in flight: of one process, and of two workers with four each."""
    rates = {}
    with server("llama_server", str(available(SMOLLM2)), "--parallel", "8") as address:
        asked = ("--backend", "openai", "--base-url", f"{address}/v1", "--no-cache", "--concurrency", "8")
        for turn, engine in enumerate(("local", "ray", "local", "ray")):
            words = ("--engine", "ray", "--workers", "2") if engine == "ray" else ()
            out = folder / f"out-{turn}"
            summary = negdata_json(
                ["caption", folder / "corpus.jsonl", *asked, "--max-failures", "1", "-o", out, *words], folder / "cache"
            )
            rates[f"{engine}, turn {turn // 2 + 1}"] = summary["completion_tokens"] * _share_a_second(out)
    local = sum(rate for engine, rate in rates.items() if engine.startswith("local")) / 2
    print_table(
        ["a llama.cpp server of SmolLM2-135M, 8 requests in flight", "tokens a second", "of local"],
        [[engine, f"{rate:.1f}", f"{rate / local:.2f}"] for engine, rate in rates.items()],
    )


def _share_a_second(out: Path) -> float:
    """What share of its records a run finished in a second, from the first of them on: workers start once."""
    samples = orjson.loads((out / "manifest.json").read_bytes())["progress"]
    done = [(seconds, kept + rejected + failed) for seconds, kept, rejected, failed in samples]
    first, last = next(sample for sample in done if sample[1]), done[-1]
    return float((last[1] - first[1]) / last[1] / (last[0] - first[0]))


def _started(*words: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "negdata.cli", *map(str, words), "--quiet"])


def _run(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "negdata.cli", *map(str, words), "--quiet"], check=True)


def _resident(process: int) -> int:
    """The bytes that a process holds in memory; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    main()
