"""Data for fine-tuning the small CLIP, and benchmarks of it, made by negdata's own commands in this process."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.caption import CaptionSettings, caption_corpus
from negdata.demo.holdout import balanced_scenes
from negdata.demo.referring import write_referring, write_retrieval
from negdata.demo.scene import KINDS
from negdata.demo.world import World, write_scenes
from negdata.filter import FilterSettings, filter_captions
from negdata.train.swap import named_in
from negdata.verify import VerifySettings


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Verified captions of training scenes, and what they are of."""

    captions: Path
    images: Path
    world: World


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark's file and the folder of its images."""

    file: Path
    images: Path


def training_data(
    folder: Path,
    scenes: int,
    seed: int = 0,
    *,
    captions_an_image: int = 1,
    denied: Literal["known", "plausible", "random"] = "known",
) -> TrainingData:
    """Captions with false ones, of scenes that show no held-out pair, as many of one thing as of two, three and four.

    Args:
        denied: what captions deny: ``known`` kinds of the world that the caption doesn't name, whichever the scene
            shows; what is ``plausible`` by the table of real photographs; or ``random`` objects of the vocabulary.
    """
    drawn = balanced_scenes(scenes, seed)
    world = write_scenes(folder, drawn, random.Random(seed), captions_an_image=captions_an_image)
    verify = VerifySettings(verifiers=("instances",), instances=world.instances)
    written, clean = (folder / f"{name}.jsonl" for name in ("captions", "clean"))
    caption_corpus(
        CaptionSettings(
            source=_with_denied(folder, world, seed) if denied == "known" else world.captions,
            out=written,
            pipeline="random" if denied == "random" else "objects",
            steps=("rewrite",) if denied == "known" else ("propose", "rewrite"),
            contrast=True,
            verify=VerifySettings() if denied == "known" else verify,
            seed=seed,
        )
    )
    filter_captions(FilterSettings(source=written, out=clean, verify=verify))
    return TrainingData(clean, world.images, world)


def _with_denied(folder: Path, world: World, seed: int) -> Path:
    """The captions, each with a kind that it doesn't name; whether that is absent others say."""
    chance = random.Random(f"denied {seed}")
    document = json.loads(world.captions.read_text(encoding="utf-8"))
    names = {image["id"]: image["file_name"] for image in document["images"]}
    rows = [
        {
            "id": f"coco:{one['id']}",
            "image": names[one["image_id"]],
            "image_id": one["image_id"],
            "caption": one["caption"],
            "negated": chance.choice([kind for kind in KINDS if kind not in named_in(one["caption"])]),
        }
        for one in document["annotations"]
    ]
    path = folder / "proposed.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def benchmark(
    folder: Path,
    walls: int = 300,
    seed: int = 0,
    *,
    definition: str = "negrefcocog-strict",
    pairs: Sequence[tuple[str, str]] | None = None,
) -> Bench:
    """Two items a wall: phrases whose "no" alone tells the right one of two pictures.

    Args:
        pairs: of kinds that walls are about; those that no training shows together unless told otherwise.
    """
    gallery = write_referring(folder, walls, seed, pairs=pairs)
    out = folder / f"{definition}.json"
    build_benchmark(BuildSettings(source=folder, out=out, definition=definition, rich=True))
    return Bench(out, gallery.images)


def retrieval(folder: Path, scenes: int = 500, seed: int = 0) -> Bench:
    """Affirmative captions of unseen scenes."""
    world = write_retrieval(folder, scenes, seed)
    return Bench(world.captions, world.images)
