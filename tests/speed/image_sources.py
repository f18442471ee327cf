"""How quickly images are read and decoded from a folder, tars, parquet files and a web server on this machine.

python -m tests.speed.image_sources --images val2017
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from negdata.clip.feeding import read_ahead
from negdata.images import Images, open_images
from negdata.pictures import decode
from tests.images.made import in_parquet, in_tars
from tests.images.web import web_server
from tests.speed.common import print_table

ALL_PIXELS = 1 << 40
A_SHARD = 100
THREADS = 2


def rate(work: Callable[[str], object], names: Sequence[str]) -> float:
    """Images a second."""
    began = time.perf_counter()
    for _ in read_ahead((partial(work, name) for name in names), THREADS):
        pass
    return len(names) / (time.perf_counter() - began)


def decoded(images: Images, name: str) -> None:
    stored = images.read(name)
    decode(stored.content, stored.where, max_pixels=ALL_PIXELS)


def opened(place: Path | str) -> tuple[Images, float]:
    """The images of a place, and the seconds that it takes to open it."""
    began = time.perf_counter()
    images = open_images(place)
    return images, time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--images", type=Path, required=True, help="a folder of photographs")
    options.add_argument("--rounds", type=int, default=5)
    told = options.parse_args()
    contents = {path.name: path.read_bytes() for path in sorted(told.images.glob("*.jpg"))}
    names = list(contents)
    with TemporaryDirectory() as folder, web_server(told.images) as (address, _):
        home = Path(folder)
        os.environ["NEGDATA_CACHE"] = str(home / "cache")
        places: dict[str, Path | str] = {
            "folder": told.images,
            "tars": in_tars(home / "tars", contents, A_SHARD),
            "parquet": in_parquet(home / "parquet" / "a.parquet", list(contents.items()), group=A_SHARD),
            "web server": address,
        }
        times = {kind: (opened(place)[1], opened(place)[1]) for kind, place in places.items()}
        images = {kind: open_images(place) for kind, place in places.items()}
        read, both = dict.fromkeys(places, 0.0), dict.fromkeys(places, 0.0)
        for _ in range(told.rounds):  # in turn, so that what else the machine does hits all alike
            for kind, one in images.items():
                read[kind] = max(read[kind], rate(one.read, names))
                both[kind] = max(both[kind], rate(partial(decoded, one), names))
    rows = [
        (
            kind,
            *(f"{1e3 * one:.0f}" for one in times[kind]),
            *(f"{rates[kind]:,.0f}" for rates in (read, both)),
            f"{both[kind] / both['folder']:.2f}",
        )
        for kind in places
    ]
    header = (f"{len(names)} photographs", "opens, ms", "again, ms", "read/s", "read and decoded/s", "beside a folder")
    print_table(header, rows)


if __name__ == "__main__":
    main()
