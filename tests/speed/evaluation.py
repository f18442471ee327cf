"""Items a second that ``negdata eval`` scores, beside the plain way: a file, a crop, a text at a time.

    python -m tests.speed.evaluation [--data ../shared/data] [--count 48] [--rounds 3] [--cores 1]

The plain way opens the image for every view, prepares it as OpenAI's code does and encodes it by itself, and pads every
text to 77 tokens, as published evaluators do. Both ways run on the same model of the transformers library, with random
weights, on as many cores as the option says: threads of torch and of ours are held to them. They take turns, and each
one's best round counts, as whatever else the machine does can only slow it down. Scores must agree to 1e-5.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image

from negdata.benchmark.evaluate.choices import score_choices
from negdata.benchmark.evaluate.encode import Encoding
from negdata.benchmark.evaluate.plan import plan_for
from negdata.benchmark.evaluate.run import ON_CPU
from negdata.benchmark.evaluate.ties import SCORINGS
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.benchmark.suites.registry import read_bench
from negdata.clip import load_dual_encoder
from negdata.clip.base import DualEncoder
from negdata.images.folder import FolderImages, find_image
from tests.clip.openai_model import random_openai_clip
from tests.clip.tiny import clip_folder
from tests.clip.true_size import B32
from tests.speed.common import captions, print_table

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
LEAST_SIDE = 40
SMALL: dict[str, Any] = {"vision": (128, 4), "text": (128, 4), "patch": 16, "side": 7, "dim": 64}
Scores = list[tuple[float, ...]]


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="where coco/ and negbench/ are")
    parser.add_argument("--count", type=int, default=48, help="items of each benchmark for the larger model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    torch.set_num_threads(arguments.cores)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, shape, times in (("ViT-B/32", B32, 1), ("small", SMALL, 4)):
            tensors = dict(random_openai_clip(quick=True, spread=0.03, **shape).state_dict())
            model = clip_folder(Path(folder) / name.replace("/", "-"), tensors)
            for what, bench, images in _benches(arguments.data, times * arguments.count):
                rows.append([f"{name}, {what}", *_row(model, bench, images, arguments.rounds, arguments.cores)])
    header = ["items/s", "items", "negdata eval", "one at a time", "times", "largest difference of scores"]
    print_table(header, rows)


def _benches(data: Path, count: int) -> list[tuple[str, ChoiceBench, Path]]:
    """Regions of one category that stand against each other, and four captions of an image, so many of each."""
    images = data / "coco" / "train2017"
    regions = ChoiceBench("negrefcocog", images, tuple(islice(_regions(data), count)))
    path = data / "negbench" / "COCO_val_mcq_llama3.1_rephrased.csv"
    asked = read_bench(path)
    assert isinstance(asked, ChoiceBench)
    few = ChoiceBench(asked.suite, path, asked.items[:count])
    return [("2 crops, 1 text", regions, images), ("1 image, 4 texts", few, data / "coco" / "val2017")]


def _regions(data: Path) -> Any:
    """One item an image: its two largest boxes of one category."""
    document = json.loads((data / "coco" / "annotations" / "instances_train2017.json").read_text())
    boxes: dict[tuple[int, int], list[list[float]]] = {}
    for one in document["annotations"]:
        if not one["iscrowd"] and min(one["bbox"][2:]) >= LEAST_SIDE:
            boxes.setdefault((one["image_id"], one["category_id"]), []).append(one["bbox"])
    names = {image["id"]: image["file_name"] for image in document["images"]}
    texts, seen = captions(), set()
    for (image, _), found in sorted(boxes.items()):
        if len(found) > 1 and image not in seen:
            seen.add(image)
            large = sorted(found, key=lambda box: -box[2] * box[3])[:2]
            views = tuple(View(names[image], (box[0], box[1], box[2], box[3])) for box in large)
            yield ChoiceItem(str(image), views, (next(texts).replace(".", ", with no hat."),), 0)


def _row(model: Path, bench: ChoiceBench, images: Path, rounds: int, cores: int) -> list[str]:
    encoder = load_dual_encoder(str(model), device="cpu", dtype="float32")
    plain = _plain_way(model)
    of_ours: list[tuple[float, Scores]] = []
    of_plain: list[tuple[float, Scores]] = []
    for _ in range(rounds):
        of_ours.append(_timed(partial(_ours, encoder, bench, images, cores)))
        of_plain.append(_timed(partial(plain, bench, images)))
    ours, theirs = min(seconds for seconds, _ in of_ours), min(seconds for seconds, _ in of_plain)
    apart = max(
        abs(one - other)
        for scores, others in zip(of_ours[0][1], of_plain[0][1], strict=True)
        for one, other in zip(scores, others, strict=True)
    )
    assert apart < 1e-5, apart
    items = len(bench.items)
    return [f"{items}", f"{items / ours:.1f}", f"{items / theirs:.1f}", f"{theirs / ours:.1f}", f"{apart:.0e}"]


def _timed(work: Callable[[], Scores]) -> tuple[float, Scores]:
    began = time.perf_counter()
    scores = work()
    return time.perf_counter() - began, scores


def _ours(encoder: DualEncoder, bench: ChoiceBench, images: Path, cores: int) -> Scores:
    plan = plan_for([bench], images, 0)
    encoded = Encoding(
        [encoder], plan, read=lambda folder, name: FolderImages(folder).read(name), batch_size=ON_CPU, workers=cores
    ).run()
    (scored,) = score_choices(bench, encoded, SCORINGS["strict"], plan.asked[bench.path])
    return [tuple(line["scores"]) for line in scored.lines]  # type: ignore[arg-type]


def _plain_way(model: Path) -> Callable[[ChoiceBench, Path], Scores]:
    import torch
    import transformers

    network = transformers.CLIPModel.from_pretrained(model).eval()
    tokenizer = transformers.CLIPTokenizer.from_pretrained(model)
    side = network.config.vision_config.image_size

    def seen(view: View, images: Path) -> Any:
        path = find_image(images, view.image)
        assert path is not None
        picture = Image.open(path).convert("RGB")
        if view.box is not None:
            x, y, w, h = view.box
            picture = picture.crop((x, y, x + w, y + h))
        return network.get_image_features(pixel_values=_as_openai(picture, side)[None])

    def read(text: str) -> Any:
        tokens = tokenizer([text], padding="max_length", truncation=True, return_tensors="pt")
        return network.get_text_features(**tokens)

    def score(bench: ChoiceBench, images: Path) -> Scores:
        every = []
        with torch.inference_mode():
            for item in bench.items:
                views: Sequence[Any] = [_vector(seen(view, images)) for view in item.views]
                texts: Sequence[Any] = [_vector(read(text)) for text in item.texts]
                pairs = [(view, text) for view in views for text in texts]
                every.append(tuple(torch.nn.functional.cosine_similarity(*pair).item() for pair in pairs))
        return every

    return score


def _as_openai(picture: Image.Image, side: int) -> Any:
    """The shorter edge to ``side``, the middle of it, in CLIP's mean and deviation."""
    import torch

    short = min(picture.size)
    wide, high = (side if edge == short else int(side * edge / short) for edge in picture.size)
    left, top = round((wide - side) / 2), round((high - side) / 2)
    square = picture.resize((wide, high), Image.Resampling.BICUBIC).crop((left, top, left + side, top + side))
    pixels = torch.frombuffer(bytearray(square.tobytes()), dtype=torch.uint8).reshape(side, side, 3)
    mean, deviation = (
        torch.tensor([0.48145466, 0.4578275, 0.40821073]),
        torch.tensor([0.26862954, 0.26130258, 0.27577711]),
    )
    return ((pixels / 255 - mean) / deviation).permute(2, 0, 1)


def _vector(features: Any) -> Any:
    """Some versions of the library give the whole output of the tower."""
    return getattr(features, "pooler_output", features)


if __name__ == "__main__":
    main()
