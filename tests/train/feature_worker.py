"""Processes to kill, that make features slowly and write them in pieces: a kill lands in the middle of a write.

Several that belong together are told so as torchrun does it.

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
from negdata.errors import NegdataError
from negdata.images import open_images
from negdata.processes import joined
from negdata.train.features import cached_features
from negdata.whole_files import write_whole
from tests.faults.worker import write_in_pieces

BATCH = 3


def make(
    encoder: Any,
    images: str,
    names: list[str],
    cache: str,
    seconds: float,
    answer: str,
    torchrun: dict[str, str] | None = None,
) -> None:
    """Makes features; ``answer`` becomes a file that says how, and what they are.

    Of ``made``: how many batches it encoded and how many names it found done; of ``rows``: digest of content to vector;
    ``told`` is what was said to be done, at each moment.
    """
    os.environ |= torchrun or {}
    encode, batches = encoder.encode_images, 0

    def slow(prepared: Any) -> Any:
        nonlocal batches
        batches += 1
        time.sleep(seconds)
        return encode(prepared)

    encoder.encode_images = slow
    told: list[Any] = []
    with joined() as processes:
        found = cached_features(
            encoder,
            open_images(images),
            names,
            cache=Path(cache),
            batch_size=BATCH,
            workers=2,
            processes=processes,
            on_progress=told.append,
        )
    said = {
        "made": [batches, told[-1].resumed],
        "rows": {found.digest_of[name]: found.of([name]).numpy().tobytes().hex() for name in found.row_of},
        "failed": {name: error.code for name, error in found.failed.items()},
        "told": [one.done for one in told],
        "total": told[-1].total,
    }
    write_whole(Path(answer), json.dumps(said).encode())


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
        except NegdataError as error:
            write_whole(Path(json.loads(line)["answer"]), json.dumps({"error": str(error)}).encode())
        finally:
            sys.stderr.flush()
            os._exit(0)


if __name__ == "__main__":
    main()
