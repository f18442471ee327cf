"""Captions for the tests of engines, and what an output holds whoever wrote it."""

from __future__ import annotations

import json
import random
from pathlib import Path

from negdata.parts import Lines, Parts
from negdata.store import OutputPaths

_THINGS = "dog cat horse bus bench table laptop umbrella sandwich bicycle kite boat clock sofa surfboard".split()
_PLACES = "on the street|in a kitchen|on the beach|in a park|beside a house|in a living room|near a river".split("|")


def write_captions(path: Path, count: int, *, seed: int = 0, bad: int = 0) -> Path:
    """So many captions as JSON lines, about three an image, and so many rows that can't be used."""
    chance = random.Random(seed)
    rows: list[dict[str, object]] = []
    for number in range(count):
        one, other = chance.sample(_THINGS, 2)
        caption = f"A {one} next to a {other} {chance.choice(_PLACES)}."
        rows.append({"id": f"r{number}", "image": f"{chance.randrange(count // 3 + 1):06d}.jpg", "caption": caption})
    rows += [{"id": f"bad{number}", "image": "x.jpg", "caption": ""} for number in range(bad)]
    chance.shuffle(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines_of(out: Path, kind: Lines) -> list[bytes]:
    """The sorted lines of an output, which is a file of records or a folder of parts."""
    if out.is_dir():
        return sorted(Parts(out).lines(kind))
    paths = OutputPaths.of(out)
    path = {"kept": paths.kept, "rejected": paths.rejected, "failed": paths.failed}[kind]
    return sorted(path.read_bytes().splitlines(keepends=True))


def same_records(one: Path, other: Path) -> bool:
    """Whether two outputs hold the same records, byte for byte, in whatever order."""
    kinds: tuple[Lines, ...] = ("kept", "rejected", "failed")
    return all(lines_of(one, kind) == lines_of(other, kind) for kind in kinds)
