"""One CLIP of the true shape of ViT-B/32, 151 million random weights, in three forms that score the same.

    python -m tests.clip.true_size              # 200 crops of COCO's photographs, 50 phrases
    python -m tests.clip.true_size --crops 12

A folder of the transformers library, a state dict in OpenAI's layout, the same through open_clip's class, and, beside
negdata, open_clip alone with its own transform and tokenizer.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from negdata.clip import load_dual_encoder
from negdata.clip.base import DualEncoder
from negdata.pictures import decode
from tests.clip.openai_model import random_openai_clip
from tests.openclip import available, ready, worker

COCO = Path(__file__).resolve().parents[3] / "shared/data/coco"
HERE = ("transformers", "openai")
THERE = ("open_clip", "open_clip alone")
TOLERANCE = 1e-4
B32: dict[str, Any] = {"vision": (768, 12), "text": (512, 12), "patch": 32, "side": 7, "dim": 512}
_OBJECTS = "a dog,a person,an umbrella,a bench,a car,people,a hat,a bicycle,a table,food".split(",")
_FORMS = "a photo of {};no {};a street without {};there is no {} in this picture, only the background;not {}".split(";")


def phrases() -> list[str]:
    """Fifty, of which four in five negate."""
    return [form.format(thing) for thing in _OBJECTS for form in _FORMS]


def crops(count: int) -> list[Image.Image]:
    """Annotated boxes of COCO's photographs, large and small, of every shape."""
    told = json.loads((COCO / "annotations/instances_val2017.json").read_text())
    names = {image["id"]: image["file_name"] for image in told["images"]}
    boxes = [one for one in told["annotations"] if (COCO / "val2017" / names[one["image_id"]]).is_file()]
    chosen = boxes[:: max(1, len(boxes) // count)][:count]
    cut = []
    for one in chosen:
        x, y, width, height = one["bbox"]
        name = names[one["image_id"]]
        whole = decode((COCO / "val2017" / name).read_bytes(), name, max_pixels=10**8)
        cut.append(whole.crop((int(x), int(y), int(x + max(width, 1)), int(y + max(height, 1)))))
    return cut


def scores(encoder: DualEncoder, count: int) -> torch.Tensor:
    """Of every crop with every phrase."""
    prepared = torch.stack([encoder.prepare(crop) for crop in crops(count)])
    images = torch.cat([encoder.encode_images(part) for part in prepared.split(20)])
    return images @ encoder.encode_texts(phrases()).T


def make(folder: Path) -> None:
    """The weights in both layouts: the folder ``transformers`` and ``openai.pth``."""
    from tests.clip.tiny import clip_folder

    tensors = dict(random_openai_clip(quick=True, spread=0.03, **B32).state_dict())
    torch.save(tensors, folder / "openai.pth")
    clip_folder(folder / "transformers", tensors)


def of_form(form: str, folder: Path, count: int) -> torch.Tensor:
    """The scores of one form; those of open_clip only in a process that has it."""
    weights = folder / "openai.pth"
    if form == "transformers":
        return scores(load_dual_encoder(str(folder / form), device="cpu"), count)
    if form == "openai":
        return scores(load_dual_encoder(str(weights), device="cpu", architecture="ViT-B-32-quickgelu"), count)
    if form == "open_clip":
        return scores(load_dual_encoder(f"open_clip:ViT-B-32-quickgelu/{weights}", device="cpu"), count)
    return _alone(weights, count)


def _alone(weights: Path, count: int) -> torch.Tensor:
    open_clip = ready()
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32-quickgelu", pretrained=str(weights))
    tokenizer = open_clip.get_tokenizer("ViT-B-32-quickgelu")
    with torch.inference_mode():
        prepared = torch.stack([transform(crop) for crop in crops(count)])
        images = torch.cat([model.eval().encode_image(part, normalize=True) for part in prepared.split(20)])
        return images @ model.encode_text(tokenizer(phrases()), normalize=True).T


def differences(folder: Path, count: int, report: Callable[[str], None] = lambda _line: None) -> dict[str, float]:
    """The largest difference of a score, for each pair of forms; skips where open_clip was not fetched."""
    available()
    make(folder)
    started = time.monotonic()
    found: dict[str, Any] = {form: of_form(form, folder, count) for form in HERE}
    worker("tests.clip.true_size", "--beside-open-clip", folder, "--crops", str(count), timeout=1800)
    found |= {form: torch.load(folder / form, weights_only=True) for form in THERE}
    spread = float(found["openai"].std())
    report(f"{count} x {len(phrases())} scores in 4 forms, {time.monotonic() - started:.0f} s; spread {spread:.3f}")
    return {f"{a} - {b}": float((found[a] - found[b]).abs().max()) for a, b in combinations(found, 2)}


def main() -> None:
    """Prints the largest difference of every pair."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("--beside-open-clip", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.beside_open_clip is not None:
        ready()
        for form in THERE:
            torch.save(of_form(form, asked.beside_open_clip, asked.crops), asked.beside_open_clip / form)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = differences(Path(folder), asked.crops, print)
    for pair, difference in found.items():
        print(f"{pair}: {difference:.1e}")
    sys.exit(any(difference > TOLERANCE for difference in found.values()))


if __name__ == "__main__":
    main()
