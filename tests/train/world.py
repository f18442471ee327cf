"""Data for fine-tuning the small CLIP, and benchmarks of it, made by negdata's own commands in this process."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.caption import CaptionSettings, caption_corpus
from negdata.demo.holdout import held_out, training_scenes
from negdata.demo.referring import write_referring, write_retrieval
from negdata.demo.scene import KINDS
from negdata.demo.world import World, write_scenes
from negdata.filter import FilterSettings, filter_captions
from negdata.records import CaptionRecord
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
    verified: bool = True,
) -> TrainingData:
    """Captions with false ones, of scenes that show no held-out pair; none denies the other half of such a pair.

    Args:
        denied: what captions deny: ``known`` kinds of the world, which are all as likely in any scene; what is
            ``plausible`` by the table of real photographs; or ``random`` objects of the vocabulary.
        verified: whether ground truth filters what was written.
    """
    drawn = training_scenes(scenes, seed)
    world = write_scenes(folder, drawn, random.Random(seed), captions_an_image=captions_an_image)
    verify = VerifySettings(verifiers=("instances",), instances=world.instances)
    written, clean, taken = (folder / f"{name}.jsonl" for name in ("captions", "clean", "training"))
    caption_corpus(
        CaptionSettings(
            source=_with_denied(folder, world, seed) if denied == "known" else world.captions,
            out=written,
            pipeline="random" if denied == "random" else "objects",
            steps=("rewrite",) if denied == "known" else ("propose", "rewrite"),
            contrast=True,
            verify=verify if verified and denied != "known" else VerifySettings(),
            seed=seed,
        )
    )
    if verified:
        filter_captions(FilterSettings(source=written, out=clean, verify=verify))
    else:
        clean = written
    rows = clean.read_text(encoding="utf-8").splitlines(keepends=True)
    taken.write_text("".join(row for row in rows if not _reveals(row, world)), encoding="utf-8")
    return TrainingData(taken, world.images, world)


def _with_denied(folder: Path, world: World, seed: int) -> Path:
    """The captions, each with a kind that its image's captions don't name; whether it is absent others say."""
    chance = random.Random(f"denied {seed}")
    document = json.loads(world.captions.read_text(encoding="utf-8"))
    names = {image["id"]: image["file_name"] for image in document["images"]}
    named: dict[int, set[str]] = defaultdict(set)
    for one in document["annotations"]:
        named[one["image_id"]] |= named_in(one["caption"])
    rows = [
        {
            "id": f"coco:{one['id']}",
            "image": names[one["image_id"]],
            "image_id": one["image_id"],
            "caption": one["caption"],
            "negated": chance.choice([kind for kind in KINDS if kind not in named[one["image_id"]]]),
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


def _reveals(row: str, world: World) -> bool:
    """Whether a caption denies a kind of a scene that shows the other half of a held-out pair."""
    record = CaptionRecord.model_validate_json(row)
    assert isinstance(record.image_id, int)
    shown = world.scenes[record.image_id].present
    return any(held_out((kind, str(record.negated))) for kind in shown)
