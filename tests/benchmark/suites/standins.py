"""A small file of each suite, in the layout in which it is published."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from negdata.benchmark.suites.base import ChoiceBench
from negdata.benchmark.suites.registry import read_bench
from tests.cli.command import ROOT

SHARED = ROOT.parent / "shared" / "data"
NEGREFCOCOG = SHARED / "negrefcocog" / "NegRefCOCOg.half.json"
VALSE = SHARED / "valse" / "existence.half.json"
MCQ = SHARED / "negbench" / "COCO_val_mcq_llama3.1_rephrased.csv"
PLAIN = SHARED / "negbench" / "COCO_val_retrieval.csv"
NEGATED = SHARED / "negbench" / "COCO_val_negated_retrieval_llama3.1_rephrased_affneg_true.csv"
CAPTIONS = SHARED / "coco" / "annotations" / "captions_val2017.json"
ALL_CAPTIONS = SHARED / "coco" / "annotations" / "captions_val2017_all_text.json"
NOT_HERE = "shared/data is not beside the project"

ITEM: dict[str, Any] = {
    "image": "COCO_train2014_000000250196.jpg",
    "phrase": "the dog with no leash",
    "ref_bbox": [10.5, 20, 100, 50],
    "bbox_list": [[10.5, 20, 100, 50], [200, 20, 60.25, 90]],
}
RECORD: dict[str, Any] = {
    "image_file": "v7w_1.jpg",
    "caption": "There are cars parked.",
    "foil": "There are no cars parked.",
    "provenance_of_foils": "something_to_zero",
    "mturk": {"foil": 0, "caption": 3, "other": 0},
}
QUESTION: dict[str, Any] = {
    "image_path": "data/coco/images/val2017/000000397133.jpg",
    "correct_answer": "1",
    "caption_0": "A car is present, but there is no knife.",
    "caption_1": "A knife is present, but there is no car.",
    "caption_2": "A car is in this image.",
    "caption_3": "No knife is in this image.",
    "correct_answer_template": "hybrid",
}
ROW: dict[str, Any] = {
    "positive_objects": "['person']",
    "negative_objects": "['chair']",
    "filepath": "data/coco/images/val2017/000000397133.jpg",
    "image_id": "397133",
    "captions": """['A man makes pizzas.', "There's no chair near the oven."]""",
}
PAIR: dict[str, Any] = {
    "image": "a.jpg",
    "true_caption": "A dog with no leash.",
    "false_caption": "A leash with no dog.",
}
ASKED: dict[str, Any] = {
    "question_id": 1,
    "image": "COCO_val2014_000000310196.jpg",
    "text": "Is there a snowboard in the image?",
    "label": "yes",
}


def coco(*captions: tuple[int, Any], images: int = 2) -> dict[str, Any]:
    """A COCO captions document of (image number, caption)."""
    return {
        "info": {},
        "images": [{"id": number, "file_name": f"{number:012d}.jpg"} for number in range(1, images + 1)],
        "annotations": [
            {"id": 100 + place, "image_id": number, "caption": caption}
            for place, (number, caption) in enumerate(captions)
        ],
    }


def written(path: Path, value: object) -> Path:
    """A file that holds this JSON."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def lines(path: Path, *values: object) -> Path:
    """A file of JSON lines; text stands as it is."""
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in values), "utf-8")
    return path


def table(path: Path, *rows: dict[str, Any], delimiter: str = ",") -> Path:
    """A CSV with the columns of the first row."""
    content = io.StringIO()
    writer = csv.DictWriter(content, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(content.getvalue(), encoding="utf-8")
    return path


def image_files(root: Path, *names: str) -> Path:
    """A folder with files of these names; what is in them is no matter of a suite's."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"\xff\xd8")
    return root


def choices(path: Path, suite: str | None = None) -> ChoiceBench:
    """A benchmark that is one of choices."""
    bench = read_bench(path, suite=suite)
    assert isinstance(bench, ChoiceBench)
    return bench
