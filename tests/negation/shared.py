"""The real captions that these tests read where they are there, and a notation for places in a text."""

from __future__ import annotations

import ast
import csv
import json
import re
from pathlib import Path

DATA = Path(__file__).parents[2].parent / "shared" / "data"
COCO_CAPTIONS = DATA / "coco" / "annotations" / "captions_val2017_all_text.json"
NEGATED_CAPTIONS = DATA / "negbench" / "COCO_val_negated_retrieval_llama3.1_rephrased_affneg_true.csv"


def coco_captions() -> list[str]:
    """All captions of COCO val2017."""
    return [row["caption"].strip() for row in json.loads(COCO_CAPTIONS.read_text(encoding="utf-8"))["annotations"]]


def negbench_captions() -> list[tuple[str, list[str]]]:
    """NegBench's negated captions, each with the objects of which it may deny one."""
    with NEGATED_CAPTIONS.open(encoding="utf-8", newline="") as file:
        return [
            (caption, ast.literal_eval(row["negative_objects"]))
            for row in csv.DictReader(file)
            for caption in ast.literal_eval(row["captions"])
        ]


def unmark(marked: str) -> tuple[str, list[str]]:
    """``"a man with [no] hat"`` as the bare text and what stands in brackets."""
    return re.sub(r"[\[\]]", "", marked), re.findall(r"\[(.*?)\]", marked)
