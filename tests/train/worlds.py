"""A small world to fine-tune on: drawn scenes, true and false captions of them, and a CLIP of few tokens."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers

from negdata.clip.bpe import openai_tokenizer
from negdata.demo import World, write_world
from negdata.demo.scene import KINDS
from tests.clip.tiny import RESOLUTION

LETTERS = 512
"""The first tokens of OpenAI's vocabulary: each byte, and each byte at the end of a word."""
MERGES = 800
CONTEXT = 48


@dataclass(frozen=True)
class Made:
    """Everything of a world, in one folder.

    Attributes:
        data: caption records; ``coco`` says the same in COCO's layout.
        bench: in the layout of NegRefCOCOg.
        classes: a folder of images for each of some classes.
    """

    folder: Path
    world: World
    model: Path
    images: Path
    data: Path
    coco: Path
    bench: Path
    classes: Path


def write(folder: Path, scenes: int = 40) -> Made:
    """Writes all of it."""
    world = write_world(folder, scenes, 0)
    made = Made(
        folder=folder,
        world=world,
        model=small_clip(folder / "clip"),
        images=world.images,
        data=folder / "data.jsonl",
        coco=folder / "coco.json",
        bench=folder / "NegRefCOCOg.json",
        classes=folder / "classes",
    )
    told = rows(world)
    made.data.write_text(lines(told))
    coco = json.loads(world.captions.read_text())
    for annotation, row in zip(coco["annotations"], told, strict=True):
        annotation |= {"updated_caption": row["negated_caption"], "negated": row["negated"]}
        annotation |= {"false_caption": row["false_caption"]}
    made.coco.write_text(json.dumps(coco))
    made.bench.write_text(json.dumps(regions(world)))
    for number, scene in enumerate(world.scenes[:9]):
        place = made.classes / scene.objects[0].name
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(world.images / f"{number:06d}.png", place)
    return made


def lines(rows: list[dict[str, Any]]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def rows(world: World) -> list[dict[str, Any]]:
    """A record for each caption: one that denies what is absent, and one that denies what is there."""
    told = []
    for annotation in json.loads(world.captions.read_text())["annotations"]:
        scene = world.scenes[annotation["image_id"]]
        absent = sorted(set(KINDS) - scene.present)[annotation["id"] % 5]
        caption = annotation["caption"].removesuffix(".")
        told.append(
            {
                "id": str(annotation["id"]),
                "image": f"{annotation['image_id']:06d}.png",
                "caption": annotation["caption"],
                "negated": absent,
                "negated_caption": f"{caption} with no {absent}.",
                "false_caption": f"{caption} with no {min(scene.present)}.",
            }
        )
    return told


def regions(world: World) -> list[dict[str, Any]]:
    """Which of two objects isn't the one that is denied?"""
    items = []
    for number, scene in enumerate(world.scenes):
        if len(scene.objects) > 1:
            right, wrong = scene.objects[:2]
            boxes = [[*map(float, right.box)], [*map(float, wrong.box)]]
            items.append(
                {
                    "image": f"{number:06d}.png",
                    "phrase": f"a thing with no {wrong.name}",
                    "ref_bbox": boxes[0],
                    "bbox_list": boxes[:: 1 - 2 * (number % 2)],
                }
            )
    return items


def small_clip(folder: Path, seed: int = 0) -> Path:
    """A CLIP of random weights that reads the first of OpenAI's tokens: a megabyte, where the whole table has ten."""
    tokenizer = _tokenizer()
    first = len(tokenizer) - 2
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    ends = {"bos_token_id": first, "eos_token_id": first + 1, "pad_token_id": first + 1}
    config = transformers.CLIPConfig(
        text_config=tower | ends | {"vocab_size": first + 2, "max_position_embeddings": CONTEXT},
        vision_config=tower | {"image_size": RESOLUTION, "patch_size": 8},
        projection_dim=24,
    )
    torch.manual_seed(seed)
    model = transformers.CLIPModel(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.15)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    size = {"height": RESOLUTION, "width": RESOLUTION}
    transformers.CLIPImageProcessor(size={"shortest_edge": RESOLUTION}, crop_size=size).save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    whole = openai_tokenizer()
    told = json.loads(whole.backend_tokenizer.to_str())["model"]
    tokens = sorted(told["vocab"], key=told["vocab"].__getitem__)
    kept = [*tokens[: LETTERS + MERGES], *tokens[-2:]]
    merges = [one if isinstance(one, str) else " ".join(one) for one in told["merges"][:MERGES]]
    with TemporaryDirectory() as folder:
        (Path(folder) / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(kept)}))
        (Path(folder) / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
        return transformers.CLIPTokenizerFast.from_pretrained(folder, model_max_length=CONTEXT)
