"""Processes to kill, that make features slowly and write them in pieces: a kill lands in the middle of a write.

``python -m tests.train.feature_worker MODEL`` loads a model once. For each line that it reads, JSON with the arguments
of ``make``, it forks a process that works, and answers with the number of it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from negdata.clip.load import load_dual_encoder
from negdata.demo.scene import draw_scene
from negdata.images import open_images
from negdata.train.features import cached_features
from negdata.whole_files import write_whole
from tests.faults.worker import write_in_pieces

BATCH = 3


def make(encoder: Any, images: str, names: list[str], cache: str, seconds: float, answer: str) -> None:
    """Makes features; ``answer`` becomes a file with how many batches it encoded and how many names it found done."""
    encode, batches = encoder.encode_images, 0

    def slow(prepared: Any) -> Any:
        nonlocal batches
        batches += 1
        time.sleep(seconds)
        return encode(prepared)

    encoder.encode_images = slow
    told: list[Any] = []
    cached_features(
        encoder, open_images(images), names, cache=Path(cache), batch_size=BATCH, workers=2, on_progress=told.append
    )
    write_whole(Path(answer), json.dumps([batches, told[-1].resumed]).encode())


def main() -> None:
    """Forks a process for each line; whoever started this one kills them."""
    encoder = load_dual_encoder(sys.argv[1], device="cpu", dtype="float32")
    # What is imported, or made, at first use takes seconds: better once than in each process.
    encoder.encode_images(encoder.prepare(draw_scene(0).image())[None])
    write_in_pieces()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        try:
            make(encoder, **json.loads(line))
        finally:
            sys.stderr.flush()
            os._exit(0)


if __name__ == "__main__":
    main()
