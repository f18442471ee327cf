"""Captions a second that ``negdata finetune`` trains on, beside the plain way, on the same data, batch and weights.

    python -m tests.speed.finetune [--data ../shared/data] [--model ViT-B/32] [--batch 64] [--steps 3] [--cores 2]

The plain way is that of the paper's script: each step opens the batch's images, prepares and encodes them, pads every
text to 77 tokens, and steps with torch's AdamW as it comes. Then each trick is added: images' embeddings from the
cache, texts as long as the longest of the batch, texts in chunks of like length, all weights in one kernel. The last
row is the trainer itself with the recipe ``negationclip``, checkpoints apart: what a second epoch costs. Weights are
random and of the true shape; the losses of all rows must agree to 1e-4.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy, normalize

from negdata.caption import CaptionSettings, caption_corpus
from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.images import open_images
from negdata.pictures import decode
from negdata.processes import Processes
from negdata.train.checkpoint import TrainingState
from negdata.train.corpus import corpus_of
from negdata.train.features import Features, cached_features
from negdata.train.loop import Course, batches, train
from negdata.train.optimizer import adamw
from negdata.train.overrides import with_overrides
from negdata.train.pairs import Pair, read_pairs
from negdata.train.recipe import Recipe
from negdata.train.recipes import load_recipe
from negdata.train.texts import CHUNK_ON_CPU, chunks
from negdata.train.trainable import prepare
from tests.clip.openai_model import random_openai_clip
from tests.clip.tiny import clip_folder
from tests.clip.true_size import B32
from tests.speed.common import print_table

DATA = Path(__file__).resolve().parents[3] / "shared/data"
SHAPES: dict[str, dict[str, Any]] = {
    "ViT-B/32": B32,
    "ViT-L/14": {"vision": (1024, 24), "text": (768, 12), "patch": 14, "side": 16, "dim": 768},
}
Step = Callable[[list[int]], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="where coco/ is")
    parser.add_argument("--model", choices=SHAPES, default="ViT-B/32")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    torch.set_num_threads(arguments.cores)
    coco = arguments.data / "coco"
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), coco, SHAPES[arguments.model], arguments.batch, arguments.steps)
    plain = rows[0][1]
    found = [[name, f"{rate:.2f}", f"{rate / plain:.1f}", f"{loss:.4f}"] for name, rate, loss in rows]
    print_table([f"{arguments.model}, batch {arguments.batch}", "captions/s", "times", "last loss"], found)
    assert max(loss for *_, loss in rows) - min(loss for *_, loss in rows) < 1e-4, "the ways disagree"


def measure(folder: Path, coco: Path, shape: dict[str, Any], size: int, steps: int) -> list[tuple[str, float, float]]:
    """Each way, its captions a second and the loss of its last step."""
    model = clip_folder(folder / "clip", dict(random_openai_clip(quick=True, spread=0.03, **shape).state_dict()))
    pairs = negated(folder, coco / "annotations" / "captions_val2017.json")
    images = coco / "val2017"
    recipe = with_overrides(load_recipe("negationclip"), [f"batches.size={size}", f"steps={steps + 1}"])
    loaded = encoder(model)
    features = cached_features(
        loaded, open_images(images), [pair.image for pair in pairs], cache=folder / "cache", batch_size=8, workers=2
    )
    rows = list(range(len(pairs)))
    order = [
        batch.rows for *_, batch in batches(course(folder, loaded, recipe, pairs, rows, features), 0, steps + 1, 99)
    ]
    found = []
    for name, cached, longest, chunked, fused in (
        ("plain", False, False, False, False),
        ("+ cached images", True, False, False, False),
        ("+ texts cut to the longest", True, True, False, False),
        ("+ chunks of like length", True, True, True, False),
        ("+ AdamW in one kernel", True, True, True, True),
    ):
        one = encoder(model)
        step = step_of(one, recipe, pairs, images, features if cached else None, longest, chunked, fused)
        found.append((name, *timed(step, order)))
    found.append(("negdata finetune", *trained(course(folder, encoder(model), recipe, pairs, rows, features))))
    return found


def timed(step: Step, order: Sequence[list[int]]) -> tuple[float, float]:
    """Captions a second, and the loss of the last step; the first step warms up."""
    step(order[0])
    began = time.perf_counter()
    losses = [step(rows) for rows in order[1:]]
    return sum(map(len, order[1:])) / (time.perf_counter() - began), losses[-1]


def trained(made: Course) -> tuple[float, float]:
    """The same of the trainer, between the lines of its curve."""
    times: list[tuple[float, float]] = []

    def write(line: Any) -> None:
        if hasattr(line, "loss"):
            times.append((time.perf_counter(), line.loss))

    train(made, TrainingState(), write)
    return made.recipe.batches.size * (len(times) - 1) / (times[-1][0] - times[0][0]), times[-1][1]


def step_of(
    clip: TorchEncoder,
    recipe: Recipe,
    pairs: Sequence[Pair],
    images: Path,
    features: Features | None,
    longest: bool,
    chunked: bool,
    fused: bool,
) -> Step:
    """A step of the plain way, with some of the tricks."""
    moving = prepare(clip.model, recipe.trained, recipe.seed)
    rule = recipe.optimizer
    plain = torch.optim.AdamW(list(moving.values()), lr=rule.lr, betas=rule.betas, weight_decay=rule.weight_decay)
    optimizer = adamw(moving, rule) if fused else plain
    corpus = corpus_of(pairs, features, clip, None) if features is not None else None

    def of_images(rows: list[int]) -> torch.Tensor:
        if features is not None:
            return features.of([pairs[row].image for row in rows])
        pictures = [decode((images / pairs[row].image).read_bytes(), "", max_pixels=1 << 40) for row in rows]
        with torch.no_grad():
            return normalize(clip.image_features(torch.stack([clip.prepare(one) for one in pictures])), dim=-1)

    def of_texts(rows: list[int]) -> torch.Tensor:
        if chunked and corpus is not None:
            pieces = chunks(corpus.texts, [corpus.negated[row] for row in rows], CHUNK_ON_CPU)
            embedded = torch.cat([clip.text_features(piece.tokens) for piece in pieces])
            places = torch.tensor([place for piece in pieces for place in piece.places])
            return normalize(embedded[places.argsort()], dim=-1)
        tokens = clip.tokens([pairs[row].negated_caption for row in rows])
        padded = torch.full((len(rows), max(map(len, tokens)) if longest else 77), clip.tokenization.pad)
        for place, found in enumerate(tokens):
            padded[place, : len(found)] = torch.tensor(found)
        return normalize(clip.text_features(padded), dim=-1)

    def step(rows: list[int]) -> float:
        logits = clip.model.logit_scale.exp() * of_images(rows) @ of_texts(rows).t()
        own = torch.arange(len(rows))
        loss = (cross_entropy(logits, own) + cross_entropy(logits.t(), own)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def course(
    folder: Path, clip: TorchEncoder, recipe: Recipe, pairs: Sequence[Pair], rows: list[int], features: Features
) -> Course:
    """The trainer's own, with eight captions held out twice over."""
    moving = prepare(clip.model, recipe.trained, recipe.seed)
    (folder / "checkpoint").mkdir(exist_ok=True)
    return Course(
        encoder=clip,
        recipe=recipe,
        corpus=corpus_of(pairs, features, clip, None),
        rows=rows,
        held=rows[:8],
        moving=moving,
        optimizer=adamw(moving, recipe.optimizer),
        processes=Processes(),
        folder=folder / "checkpoint",
        save_every=1e9,
    )


def encoder(model: Path) -> TorchEncoder:
    """The model anew."""
    loaded = load_dual_encoder(str(model), device="cpu", dtype="float32")
    assert isinstance(loaded, TorchEncoder)
    return loaded


def negated(folder: Path, captions: Path) -> tuple[Pair, ...]:
    """Captions of COCO, negated by the embedded backend."""
    caption_corpus(CaptionSettings(source=captions, out=folder / "captions.jsonl"))
    return read_pairs(folder / "captions.jsonl", exclude=(), out=folder).pairs


if __name__ == "__main__":
    main()
