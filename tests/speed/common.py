"""What the measurements share: a corpus, a server that answers at once, the command line, a table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, product
from pathlib import Path
from typing import Any

import orjson

from tests.servers.running import server

WHO = """a man|a woman|two children|a young girl|an old couple|a group of people|three teenagers|a family|a boy|
a skier|a small brown dog|a black cat|two horses|a flock of birds|a herd of cows|a large elephant|a baby|
a waiter|a police officer|a musician""".replace("\n", "").split("|")
DOES = """standing|sitting quietly|waiting|resting|posing for a picture|looking around|walking slowly|
playing together|eating lunch|looking at the camera|lying down|running|turning around|smiling|sleeping|
relaxing|working|watching the scene|moving about|gathering""".replace("\n", "").split("|")
WHERE = """on a wooden bench|next to a red bus|in a small kitchen|beside a parked motorcycle|on a sandy beach|
in front of a brick building|under a green umbrella|near a table with plates|on a snowy hill|in a living room|
by a tall tree in the park|behind a white fence|on a busy street corner|in an open field|at a train station|
beside a laptop on a desk|near a large window|in front of a clock tower|on a tennis court|
next to a stop sign""".replace("\n", "").split("|")


def captions() -> Iterator[str]:
    """Captions such as COCO's, without end; the first 8,000 are distinct."""
    every = [f"{who.capitalize()} {does} {where}." for where, does, who in product(WHERE, DOES, WHO)]
    while True:
        # A step without a common divisor: neighbours in the corpus differ in all three parts.
        yield from (every[index * 3_571 % len(every)] for index in range(len(every)))


def write_corpus(path: Path, rows: int) -> None:
    """A JSONL of so many captions, five to an image."""
    with path.open("wb") as file:
        for number, caption in enumerate(islice(captions(), rows)):
            row = {"id": f"c:{number}", "image": f"{number // 5:012}.jpg", "caption": caption}
            file.write(orjson.dumps(row) + b"\n")


@contextmanager
def null_server(*arguments: str) -> Iterator[str]:
    """The base URL of a server that answers at once, or as the arguments say."""
    with server("null_server", *arguments) as port:
        yield f"http://127.0.0.1:{port}/v1"


def negdata_json(arguments: Sequence[str | Path | int], cache: Path) -> dict[str, Any]:
    """Runs the command line in a process of its own, with its replies kept in ``cache``; the summary it prints."""
    command = [sys.executable, "-m", "negdata.cli", *map(str, arguments), "--json"]
    environment = {**os.environ, "NEGDATA_CACHE": str(cache)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    summary: dict[str, Any] = orjson.loads(done.stdout)
    return summary


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a ``table``."""
    print(table(header, rows))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A markdown table; all columns but the first are right-aligned."""
    lines = (header, ["---", *["---:"] * (len(header) - 1)], *rows)
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines)
