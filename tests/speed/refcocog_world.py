"""A dataset of the size and shape of RefCOCOg, drawn by chance; seconds and memory of reading it and of building of it.

    python -m tests.speed.refcocog_world FOLDER [--images 26000] [--protocol 2]

Where the folder has no such files, they are written first: ``refs(umd).p`` and ``instances.json`` with polygons,
245 MB. Each is measured in a process of its own, whose largest memory is told; it needs Linux's /proc.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.benchmark.refcocog import read_refcocog
from tests.speed.common import print_table

IMAGES = 26_000
REGIONS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 18)
"""Of an image, 8.1 on average, as 210,000 boxes in 26,000 images are."""
REFERENCES = (1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3)
"""Of an image: 1.92, as there are 50,000."""
PHRASES = (1, 2, 2, 2, 2, 2, 2, 2, 2, 2)
"""Of a reference: 1.9, as there are 95,000."""
NEGATED = 0.007
SPLITS = (("train", 0.85), ("val", 0.05), ("test", 0.10))
CATEGORIES = """person bicycle car motorcycle bus train truck boat bench bird cat dog horse sheep cow elephant bear
zebra giraffe backpack umbrella handbag tie suitcase frisbee kite bottle cup fork knife spoon bowl banana apple
sandwich orange broccoli carrot pizza donut cake chair couch bed toilet laptop mouse remote keyboard oven toaster sink
book clock vase scissors toothbrush""".split()
COLOURS = "red blue green black white brown yellow grey striped wooden large small old tall short leftmost".split()
PLACES = """on the left side|on the right|in the middle of the picture|behind the table|next to the window|in front
of the others|closest to the camera|at the back of the room|near the edge of the street|under the tree|by the
wall|between the two others""".replace("\n", " ").split("|")
WITH = """with a hat|with long hair|with a white stripe|with its head turned|with something on top|with the door
open|with letters on it|that is being held|that is looking away""".replace("\n", " ").split("|")
WITHOUT = """with no hat|without a lid|that is not moving|with no one on it|without any writing|not being held|with no
stripes|that does not face the camera""".replace("\n", " ").split("|")
POLYGONS = 400


def write_world(folder: Path, *, images: int = IMAGES, protocol: int = 2, seed: int = 0) -> None:
    """Writes the two files of a dataset; the same seed writes the same."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    polygons = [_polygon(chance) for _ in range(POLYGONS)]
    refs: list[dict[str, Any]] = []
    annotations: list[str] = []
    rows: list[str] = []
    for image, identity in enumerate(sorted(chance.sample(range(600_000), images))):
        width, height = chance.choice([(640, 480), (480, 640), (640, 427), (500, 375)])
        name = f"COCO_train2014_{identity:012}.jpg"
        rows.append(f'{{"id": {identity}, "file_name": "{name}", "width": {width}, "height": {height}, "license": 1}}')
        first = len(annotations)
        categories = _categories(chance)
        for category in categories:
            box = _box(chance, width, height)
            annotations.append(
                f'{{"segmentation": {chance.choice(polygons)}, "area": {box[2] * box[3]:.4f}, "iscrowd": 0, '
                f'"image_id": {identity}, "bbox": {box}, "category_id": {category + 1}, '
                f'"id": {_annotation(len(annotations))}}}'
            )
        split = _split(image / images)
        for place in range(min(chance.choice(REFERENCES), len(categories))):
            annotation = _annotation(first + place)
            refs.append(_ref(chance, len(refs), identity, annotation, categories[place], split))
    _number_sentences(refs)
    named = (f'{{"id": {number}, "name": "{name}"}}' for number, name in enumerate(CATEGORIES, 1))
    with (folder / "instances.json").open("w", encoding="utf-8") as file:
        for opening, part in (
            ('{"info": {"description": "drawn by chance"}, "images": [', rows),
            ('], "annotations": [', annotations),
            ('], "categories": [', named),
        ):
            file.write(opening + ", ".join(part))
        file.write("]}")
    with (folder / "refs(umd).p").open("wb") as pickled:
        pickle.dump(refs, pickled, protocol)


def _split(share: float) -> str:
    for split, width in SPLITS:
        share -= width
        if share < 0:
            return split
    return SPLITS[-1][0]


def _annotation(number: int) -> int:
    """Ids in no order, as COCO's are; 7,919 and a million have no divisor in common."""
    return 1 + number * 7_919 % 1_000_000


def _categories(chance: random.Random) -> list[int]:
    """Two or more of one kind come first: of them one is referred to."""
    kind = chance.randrange(len(CATEGORIES))
    size = chance.choice(REGIONS)
    same = min(size, chance.choice((2, 2, 3, 4)))
    return [kind] * same + [chance.randrange(len(CATEGORIES)) for _ in range(size - same)]


def _box(chance: random.Random, width: int, height: int) -> list[float]:
    w, h = chance.uniform(0.08, 0.45) * width, chance.uniform(0.08, 0.45) * height
    x, y = chance.uniform(0, width - w), chance.uniform(0, height - h)
    return [round(one, 2) for one in (x, y, w, h)]


def _polygon(chance: random.Random) -> str:
    points = range(2 * chance.randint(20, 90))
    return f"[[{', '.join(f'{chance.uniform(0, 480):.2f}' for _ in points)}]]"


def _ref(chance: random.Random, number: int, image: int, annotation: int, category: int, split: str) -> dict[str, Any]:
    sentences = []
    for _ in range(chance.choice(PHRASES)):
        end = chance.choice(WITHOUT if chance.random() < NEGATED else WITH)
        text = f"the {chance.choice(COLOURS)} {CATEGORIES[category]} {end} {chance.choice(PLACES)}"
        # Every token is text of its own, as in a file that was read from text.
        sentences.append({"tokens": [token[:1] + token[1:] for token in text.split()], "raw": text, "sent": text[:]})
    return {
        "ref_id": number,
        "ann_id": annotation,
        "image_id": image,
        "category_id": category + 1,
        "split": split,
        "file_name": f"COCO_train2014_{image:012}_{annotation}.jpg",
        "sentences": sentences,
    }


def _number_sentences(refs: Sequence[dict[str, Any]]) -> None:
    number = 0
    for ref in refs:
        for sentence in ref["sentences"]:
            sentence["sent_id"] = number
            number += 1
        ref["sent_ids"] = [sentence["sent_id"] for sentence in ref["sentences"]]


def read_and_tell(folder: Path) -> None:
    """Prints what reading took; the process is to have done nothing else."""
    began = time.perf_counter()
    corpus = read_refcocog(folder, split="all")
    seconds = time.perf_counter() - began
    peak = _largest_memory()
    references = [reference for image in corpus.images for reference in image.references]
    rows = [
        *([f"{path.name}, MB", f"{path.stat().st_size / 1e6:,.0f}"] for path in sorted(folder.iterdir())),
        ["images", f"{len(corpus.images):,}"],
        ["boxes", f"{sum(len(image.regions) for image in corpus.images):,}"],
        ["refs", f"{len(references):,}"],
        ["phrases", f"{sum(len(reference.phrases) for reference in references):,}"],
        ["seconds", f"{seconds:.1f}"],
        ["largest memory, MB", f"{peak / 1e6:,.0f}"],
    ]
    print_table([corpus.name, ""], rows)


def build_and_tell(folder: Path, definition: str) -> None:
    """Prints what the whole command took; the process is to have done nothing else."""
    began = time.perf_counter()
    used = time.process_time()
    with tempfile.TemporaryDirectory() as out:
        settings = BuildSettings(source=folder, out=Path(out) / "bench.json", definition=definition, split="all")
        summary = build_benchmark(settings)
    rows = [
        ["phrases with a cue", f"{summary.taken:,}"],
        ["items", f"{summary.kept:,}"],
        ["seconds", f"{time.perf_counter() - began:.1f}"],
        ["seconds of one core", f"{time.process_time() - used:.1f}"],
        ["largest memory, MB", f"{_largest_memory() / 1e6:,.0f}"],
    ]
    print_table([f"build-bench, {definition}", ""], rows)


def _largest_memory() -> int:
    """In bytes; what getrusage tells counts the process that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--protocol", type=int, default=2)
    arguments = parser.parse_args()
    if not (arguments.folder / "instances.json").exists():
        write_world(arguments.folder, images=arguments.images, protocol=arguments.protocol)
    _alone(read_and_tell, arguments.folder)
    for definition in ("negrefcocog", "negrefcocog-strict"):
        _alone(build_and_tell, arguments.folder, definition)


def _alone(work: Callable[..., None], *told: object) -> None:
    """In a process of its own, whose largest memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        process.submit(work, *told).result()


if __name__ == "__main__":
    main()
