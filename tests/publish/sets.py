"""Small sets of caption records, with images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

VERDICT = {"p_present": 0.02, "present": False, "verifier": "seer", "model": "/home/alice/models/seer.gguf"}
MADE_BY = {
    "backend": "llamacpp",
    "model": "/home/alice/models/writer.gguf",
    "prompt": "rewrite@3f9c2e",
    "seed": 7,
    "attempts": 2,
    "proposals": 1,
}


def record(number: int, **further: Any) -> dict[str, Any]:
    """A record with all that the objects pipeline gives; a key that is None is left out."""
    told = {
        "id": f"coco:{number}",
        "image": f"{number // 2:012d}.jpg",
        "image_id": number // 2,
        "caption_id": number,
        "caption": f"A dog on lawn {number}.",
        "pipeline": "objects",
        "negated": "cat",
        "negated_caption": f"A dog on lawn {number}, with no cat in sight.",
        "false_caption": f"There is no dog on lawn {number}.",
        "verdict": VERDICT,
        "made_by": MADE_BY,
    } | further
    return {key: value for key, value in told.items() if value is not None}


def write_records(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def write_images(folder: Path, records: list[dict[str, Any]]) -> Path:
    """An image for each name, its colour that of the name; those that end in ``3.jpg`` are PNG in truth."""
    folder.mkdir(exist_ok=True)
    for name in sorted({one["image"] for one in records if "image" in one}):
        picture = Image.new("RGB", (16, 12), (hash_of(name), 40, 90))
        picture.save(folder / name, "PNG" if name.endswith("3.jpg") else "JPEG")
    return folder


def hash_of(name: str) -> int:
    return sum(name.encode()) % 256


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
