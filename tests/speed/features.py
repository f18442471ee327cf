"""Images a second that one process and several encode into the cache of features.

    python -m tests.speed.features [--model small] [--images val2017] [--count 300] [--rounds 2] [--processes 2]

CLIPs of random weights in float32, and drawn scenes unless a folder of images is named. Each way begins with an
empty cache, and is timed in the first process from where all have loaded the model to where all have all embeddings.
The ways take turns, and each one's best round counts, as whatever else the machine does can only slow it down.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from negdata.clip.encoder import TorchEncoder
from negdata.clip.load import load_dual_encoder
from negdata.demo.scene import draw_scene
from negdata.images import open_images
from negdata.processes import joined
from negdata.train.features import cached_features
from negdata.train.prepare import IMAGES_ON_CPU
from tests.clip.openai_model import random_openai_clip
from tests.clip.tiny import clip_folder
from tests.clip.true_size import B32
from tests.speed.common import print_table
from tests.speed.evaluation import SMALL
from tests.torchrun import torchrun_says

SHAPES = {"small": SMALL, "ViT-B/32": B32}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=SHAPES, default="small")
    parser.add_argument("--images", type=Path, help="default: drawn scenes")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--worker", nargs=3, metavar=("MODEL", "IMAGES", "CACHE"), help="used by the script itself")
    arguments = parser.parse_args()
    if arguments.worker is not None:
        work(*map(Path, arguments.worker), count=arguments.count)
        return
    with tempfile.TemporaryDirectory() as folder:
        here, shape = Path(folder), SHAPES[arguments.model]
        model = clip_folder(here / "clip", dict(random_openai_clip(quick=True, spread=0.03, **shape).state_dict()))
        images = arguments.images or drawn(here / "images", arguments.count)
        most = arguments.processes
        ways = {f"1 process, {most} threads": (1, most), "1 process, 1 thread": (1, 1)}
        ways[f"{most} processes, 1 thread each"] = (most, 1)
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(arguments.rounds):
            for place, (way, (processes, threads)) in enumerate(ways.items()):
                cache = here / f"cache-{number}-{place}"
                seconds[way].append(measured(model, images, cache, arguments.count, processes, threads))
    plain = min(next(iter(seconds.values())))
    rows = [[way, f"{arguments.count / min(took):.1f}", f"{plain / min(took):.2f}"] for way, took in seconds.items()]
    print_table([arguments.model, "images/s", "times"], rows)


def drawn(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        draw_scene(number).image().save(folder / f"{number:04d}.png")
    return folder


def measured(model: Path, images: Path, cache: Path, count: int, processes: int, threads: int) -> float:
    """Seconds that so many processes of so many threads of torch take."""
    command = [sys.executable, "-m", "tests.speed.features", "--count", str(count), "--worker"]
    running = [
        subprocess.Popen(
            [*command, str(model), str(images), str(cache)],
            env=os.environ | {"OMP_NUM_THREADS": str(threads)} | says,
            stdout=subprocess.PIPE,
        )
        for says in torchrun_says(processes)
    ]
    said = [one.communicate()[0] for one in running]
    assert all(one.returncode == 0 for one in running)
    return float(said[0])


def work(model: Path, images: Path, cache: Path, *, count: int) -> None:
    """One of the processes."""
    encoder = load_dual_encoder(str(model), device="cpu", dtype="float32")
    assert isinstance(encoder, TorchEncoder)
    names = sorted(path.name for path in images.iterdir() if path.suffix in (".jpg", ".png"))[:count]
    encoder.encode_images(encoder.prepare(draw_scene(0).image())[None])  # what is made at first use
    with joined() as processes:
        processes.wait()
        began = time.perf_counter()
        found = cached_features(
            encoder, open_images(images), names, cache=cache, batch_size=IMAGES_ON_CPU, workers=2, processes=processes
        )
        assert len(found.row_of) == count, f"{images} holds fewer images"
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
