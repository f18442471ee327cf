"""Every shipped recipe trains a CLIP of the true shape of ViT-B/32 on COCO's photographs, and what it made is exported.

    python -m tests.train.true_size                # ten minutes on one core
    python -m tests.train.true_size --recipes default lora --steps 12

Captions and false captions are negdata's own, of val2017's images whose boxes are known, checked against those; the
weights are random. What must hold: the loss falls; what is frozen stays as it is, to the bit; the transformers library
and negdata embed alike; and so do OpenAI's class, open_clip, Stable Diffusion and CLIPSeg with an export.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file

from negdata.caption import CaptionSettings, caption_corpus
from negdata.filter import FilterSettings, filter_captions
from negdata.records import CaptionRecord
from negdata.train import FinetuneReport, FinetuneSettings, finetune
from negdata.train.curves import CURVE, StepLine, ValidationLine, read_curve
from negdata.train.model_folder import WEIGHTS
from negdata.train.recipes import load_recipe, load_recipes
from negdata.train.trainable import FINAL_NORM
from negdata.verify import VerifySettings
from tests.clip.openai_model import random_openai_clip
from tests.clip.tiny import clip_folder
from tests.clip.true_size import B32, COCO
from tests.train.export.true_size import PHRASES, apart, embedded, export_differences, loaded, photographs

EMBEDDINGS, EXPORTS = 1e-6, 1e-4
RATES = {"lora": 3e-4}
RATE = 3e-5
SCALE = 4.6
"""Of the logits, as published CLIPs have it: at it, chance costs so much that six steps show."""
FROZEN = ("vision_model.", "visual_projection.", FINAL_NORM)


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the report, and whether what it says is as it must be."""

    said: str
    met: bool = True


def captions(folder: Path, images: int, rows: int) -> Path:
    """Verified captions with false ones: as many as are asked for, of the first images, spread evenly over them."""
    verify = VerifySettings(verifiers=("instances",), instances=COCO / "annotations/instances_val2017.json")
    written, clean, taken = (folder / f"{name}.jsonl" for name in ("captions", "clean", "training"))
    source = COCO / "annotations/captions_val2017.json"
    caption_corpus(CaptionSettings(source=source, out=written, contrast=True, verify=verify))
    filter_captions(FilterSettings(source=written, out=clean, verify=verify))
    ranked: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()
    for line in clean.read_text(encoding="utf-8").splitlines(keepends=True):
        image = str(CaptionRecord.model_validate_json(line).image)
        if image in seen or len(seen) < images:
            ranked.append((seen[image], line))
            seen[image] += 1
    kept = [line for _, line in sorted(ranked, key=lambda one: one[0])[:rows]]
    taken.write_text("".join(kept), encoding="utf-8")
    return taken


def train(recipe: str, data: Path, model: Path, out: Path, steps: int, size: int) -> FinetuneReport:
    """A few steps of a recipe at a rate that shows in them."""
    rules = load_recipe(recipe)
    changed = (f"batches.size={size}", f"steps={steps}", "epochs=2", f"optimizer.lr={RATES.get(recipe, RATE)}")
    report = finetune(
        FinetuneSettings(
            data=data,
            images=COCO / "val2017",
            model=str(model),
            out=out,
            recipe=rules.name,
            overrides=(*changed, "keep.alphas=[1.0]"),
            device="cpu",
            dtype="float32",
            workers=1,
            save_every=1e6,
        )
    )
    assert report is not None
    return report


def checks(recipe: str, report: FinetuneReport, start: Path, out: Path) -> list[Check]:
    """What must hold of a trained model."""
    lines = read_curve(out / CURVE)
    steps = [line for line in lines if isinstance(line, StepLine)]
    losses = [line.loss for line in steps if line.loss is not None]
    told = ", ".join(f"{line.validation['loss']:.4f}" for line in lines if isinstance(line, ValidationLine))
    pace = (steps[-1].seconds - steps[0].seconds) / max(1, len(steps) - 1)
    before, after = load_file(start / WEIGHTS), load_file(out / WEIGHTS)
    frozen = [name for name in before if name.startswith(FROZEN)]
    same = [name for name in frozen if torch.equal(before[name], after[name])]
    moved = [name for name in before if name in after and not torch.equal(before[name], after[name])]
    return [
        Check(
            f"{recipe}: {len(steps)} steps on {report.trained_rows} captions of {report.checks.images} images, "
            f"{pace:.1f} s a step; loss {losses[0]:.4f} -> {losses[-1]:.4f} (validation {told})",
            len(losses) == len(steps) and losses[-1] < losses[0],
        ),
        Check(
            f"{recipe}: {len(same)} of {len(frozen)} frozen tensors are the same to the bit; "
            f"{len(moved)} of {len(before) - len(frozen)} others moved",
            same == frozen and before.keys() == after.keys() and bool(moved),
        ),
        _embeds_alike(recipe, start, out),
    ]


def _embeds_alike(recipe: str, start: Path, out: Path) -> Check:
    """The transformers library, from the folder alone, beside negdata."""
    model, info = transformers.CLIPModel.from_pretrained(out, output_loading_info=True)
    processor = transformers.CLIPProcessor.from_pretrained(out)
    inputs = processor(
        text=PHRASES, images=photographs(), padding="max_length", max_length=77, truncation=True, return_tensors="pt"
    )
    with torch.inference_mode():
        said = model.eval()(**inputs)
    images, texts = embedded(loaded(out))
    far = apart(said.image_embeds, images), apart(said.text_embeds, texts)
    learnt = apart(texts, embedded(loaded(start))[1])
    strange = [key for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in info[kind]]
    return Check(
        f"{recipe}: transformers beside negdata: images {far[0]:.1e}, texts {far[1]:.1e} "
        f"(the start's texts: {learnt:.1e}); {len(strange)} keys missing or left over",
        max(far) < EMBEDDINGS < learnt and not strange,
    )


def run(folder: Path, recipes: Sequence[str], steps: int, size: int, images: int, rows: int) -> list[Check]:
    """Everything; files go into the folder."""
    os.environ["NEGDATA_CACHE"] = str(folder / "cache")  # images are encoded once for all recipes
    tensors = dict(random_openai_clip(quick=True, spread=0.03, **B32).state_dict())
    tensors["logit_scale"] = torch.tensor(SCALE)
    start = clip_folder(folder / "start", tensors)
    data = captions(folder, images, rows)
    found: list[Check] = []
    for recipe in recipes:
        began = time.monotonic()
        out = folder / recipe
        report = train(recipe, data, start, out, steps, size)
        found += checks(recipe, report, start, out)
        for check in found[-3:]:
            _print(check)
        print(f"  {recipe}: {time.monotonic() - began:.0f} s in all", flush=True)
        if recipe == recipes[0]:
            for one in export_differences(out, start, tensors, folder):
                said = f"{recipe} as {one.what}: {one.export:.1e} (the start's: {one.start:.1e})"
                found.append(Check(said, one.export < EXPORTS))
                _print(found[-1])
        shutil.rmtree(out)
    return found


def _print(check: Check) -> None:
    print(f"{'ok  ' if check.met else 'FAIL'} {check.said}", flush=True)


def main() -> None:
    """Prints a line for each thing that must hold, and exits with 1 where one doesn't."""
    parser = argparse.ArgumentParser()
    names = [one.name for one in load_recipes()]
    parser.add_argument("--recipes", nargs="+", choices=names, default=names, help="the first one's model is exported")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--images", type=int, default=90)
    parser.add_argument("--rows", type=int, default=200)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), asked.recipes, asked.steps, asked.batch, asked.images, asked.rows)
    failed = [check for check in found if not check.met]
    print(f"{len(found) - len(failed)} of {len(found)} met, {time.monotonic() - began:.0f} s")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
