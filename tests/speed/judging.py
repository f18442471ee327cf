"""Images a second that a multimodal model judges: five questions an image, beside one ``generate`` a question.

    python -m tests.speed.judging [--images ../shared/data/coco/val2017] [--count 8] [--rounds 3]
                                  [--model FOLDER]

The paper's way decodes the image for every question, and has the model write up to ten tokens, one question at a time.
A tuned model stops after "Yes", which random weights don't: the columns of two tokens show what that would take.
Models are loaded, and ours tried, before the clock starts. The ways take turns, and each one's best round counts, as
whatever else the machine does can only slow it down. Without a GPU the seconds are those of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image

from negdata.backends.base import BackendOptions, Message, Request, Sampling
from negdata.backends.vision import VisionBackend
from negdata.backends.vision_load import Loaded, load
from tests.speed.common import print_table
from tests.vision.tiny import make_qwen

COCO = Path(__file__).resolve().parents[2] / "../shared/data/coco/val2017"
OBJECTS = ("dog", "umbrella", "person", "bicycle", "pizza")  # a token or two each, here as in published tokenizers
QUESTION = "Is there a {} in this image? Answer yes or no."
CONCURRENCY = 32
WIDTH, HEIGHT = 640, 480


def main() -> None:
    import torch

    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=COCO, help="a folder of JPEG files")
    parser.add_argument("--count", type=int, default=8, help="images that the larger model judges")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", type=Path, help="a small model to measure in the tiny one's place")
    arguments = parser.parse_args()
    photos = _photos(arguments.images, arguments.count)
    rows: list[list[str]] = []

    def measure(name: str, model: Path, files: Sequence[Path]) -> None:
        rows.append(_row(name, model, files, arguments.rounds))

    with tempfile.TemporaryDirectory() as folder:
        small = arguments.model or make_qwen(Path(folder) / "small")
        measure("small, 112 x 84", small, _shrunk(photos * 4, Path(folder) / "little"))
        measure(f"small, {WIDTH} x {HEIGHT}", small, photos)
        medium = make_qwen(Path(folder) / "medium", size="medium")
        measure("100M, shrunk to 224 x 224", medium, photos)
        _see_pixels(medium, WIDTH * HEIGHT)
        measure(f"100M, {WIDTH} x {HEIGHT}", medium, photos)
    header = ["images/s", "ours", "generate, 10 tokens", "times", "generate, 2 tokens", "times"]
    print_table([*header, "peak memory, GB"], rows)


def _row(name: str, model: Path, files: Sequence[Path], rounds: int) -> list[str]:
    loaded = load(str(model))
    few = files[:1]  # each question is read anew, so that more images would tell no more
    ours, ten, two = (
        max(rates)
        for rates in zip(
            *([_ours(model, files), _theirs(loaded, few, 10), _theirs(loaded, few, 2)] for _ in range(rounds)),
            strict=True,
        )
    )
    row = [name, f"{ours:.2f}", f"{ten:.2f}", f"{ours / ten:.1f}", f"{two:.2f}", f"{ours / two:.1f}", f"{_peak():.1f}"]
    print(*row, file=sys.stderr, flush=True)
    return row


def _ours(model: Path, files: Sequence[Path]) -> float:
    """Images a second of our backend, each decoded once."""

    async def judge(backend: VisionBackend, file: Path) -> None:
        with Image.open(file) as image:
            pixels = _ppm(image.convert("RGB"))
        await asyncio.gather(*(backend.chat(_request(name, pixels)) for name in OBJECTS))

    async def run() -> float:
        backend = VisionBackend(BackendOptions(str(model), concurrency=CONCURRENCY))
        await backend.ready()
        began = _seconds()
        await asyncio.gather(*(judge(backend, file) for file in files))
        rate = len(files) / (_seconds() - began)
        await backend.close()
        return rate

    return asyncio.run(run())


def _theirs(loaded: Loaded, files: Sequence[Path], most: int) -> float:
    """Images a second of the paper's way, each answer of so many tokens."""
    began = _seconds()
    for file in files:
        _generate(loaded, file, most)
    return len(files) / (_seconds() - began)


def _generate(loaded: Loaded, file: Path, most: int) -> None:
    """The paper's way: everything again for every question."""
    import torch

    for name in OBJECTS:
        with Image.open(file) as opened:
            image = opened.convert("RGB")
        content = [{"type": "image"}, {"type": "text", "text": QUESTION.format(name)}]
        text = loaded.processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        inputs = loaded.processor(images=[image], text=[text], return_tensors="pt").to(loaded.network.device)
        with torch.inference_mode():
            out = loaded.network.generate(**inputs, max_new_tokens=most, do_sample=False)
        loaded.tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def _request(name: str, pixels: bytes) -> Request:
    messages = (Message("user", QUESTION.format(name)),)
    return Request("judge", "judge@000000", {}, messages, None, Sampling(), 0, (pixels,), ("yes", "no"))


def _photos(folder: Path, count: int) -> list[Path]:
    """The first landscape photos of COCO's usual size."""

    def fits(file: Path) -> bool:
        with Image.open(file) as image:
            return image.size == (WIDTH, HEIGHT)

    photos = list(islice(filter(fits, sorted(folder.glob("*.jpg"))), count))
    if len(photos) < count:
        raise SystemExit(f"{folder} holds fewer than {count} JPEG files of {WIDTH} x {HEIGHT}")
    return photos


def _shrunk(photos: Sequence[Path], folder: Path) -> list[Path]:
    folder.mkdir()
    files = []
    for number, photo in enumerate(photos):
        files.append(folder / f"{number}.jpg")
        with Image.open(photo) as image:
            # Copies of one photo must not be one image.
            image.resize((112, 84)).rotate(number).save(files[-1], quality=95)
    return files


def _see_pixels(model: Path, most: int) -> None:
    """Has a model see as many pixels of an image, instead of shrinking it."""
    path = model / "preprocessor_config.json"
    config: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"max_pixels": most}))


def _ppm(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PPM")
    return buffer.getvalue()


def _seconds() -> float:
    import torch

    return time.perf_counter() if torch.cuda.is_available() else time.process_time()


def _peak() -> float:
    """Gigabytes: of the GPU where there is one, else of the process so far."""
    import torch

    if torch.cuda.is_available():
        peak: int = torch.cuda.max_memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        return peak / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
