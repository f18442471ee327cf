"""Makes a small CLIP of the drawn world that has never read a negation.

    python -m negdata.demo.pretrain OUT --seed 0

The vision tower learns what its patches show while both towers learn, by InfoNCE, which sentence belongs to which
picture; then a new text tower learns it once more, for a shorter time. One that has read for long can hardly be taught
"no": it is sure of what each word means. No sentence denies anything, and no scene shows a pair of kinds that is held
out.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negdata.demo.holdout import training_scenes
from negdata.demo.patches import NOTHING, NOTHING_WEIGHT, UNCLEAR
from negdata.demo.phrases import named
from negdata.demo.scene import KINDS, Scene
from negdata.demo.small_clip_data import PATCH, RESOLUTION, rendered, sentence
from negdata.demo.small_tokenizer import CONTEXT, small_tokenizer
from negdata.negation import find_cues

if TYPE_CHECKING:
    import transformers
    from numpy import ndarray
    from torch import Tensor

SCENES, STEPS, BATCH = 24_000, 4000, 64
SEEING = 1200
"""Steps in which the vision tower learns what its patches show, before a text is read."""
READING = 150
"""Steps of the second text tower."""
WIDTH, LAYERS, HEADS = 128, 3, 4
TEXT_WIDTH = 64
"""Of the text tower, which is fine-tuned: the smaller, the sooner."""
_RATE, _WARM_UP, _DECAY = 1e-3, 100, 0.02
_SAYINGS = 2
"""Sentences of a picture in a step."""
_SEEING, _PRESENCE = 0.5, 1.0
_MEAN, _STD = 0.5, 0.25
_MOST_SCALE = math.log(100)


def pretrain(out: Path, *, seed: int = 0, scenes: int = SCENES, steps: int = STEPS) -> None:
    """Trains from random weights and writes a folder of the transformers library, weights in float16."""
    import torch
    import transformers

    torch.manual_seed(seed)
    chance = random.Random(f"pretraining {seed}")
    drawn = training_scenes(scenes, seed)
    pictures, labels = rendered(drawn, seed)
    tokenizer = small_tokenizer([sentence(scene, chance) for scene in drawn for _ in range(2)])
    model = new_model(tokenizer)
    _whiten(model, _pixels(pictures[:1000]))
    _learn(model, tokenizer, drawn, pictures, labels, chance, steps)
    # As it ships: the second text tower learns what this one shows it.
    model.half().float()
    _read(model, tokenizer, drawn, pictures, seed, min(READING, steps))
    model.half().save_pretrained(out)
    tokenizer.save_pretrained(out)
    transformers.CLIPImageProcessor(
        size={"shortest_edge": RESOLUTION},
        crop_size={"height": RESOLUTION, "width": RESOLUTION},
        image_mean=[_MEAN] * 3,
        image_std=[_STD] * 3,
    ).save_pretrained(out)


def new_model(tokenizer: Any) -> transformers.CLIPModel:
    """With random weights."""
    import transformers

    def tower(width: int) -> dict[str, Any]:
        sizes = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": LAYERS}
        return sizes | {"num_attention_heads": HEADS, "projection_dim": WIDTH, "hidden_act": "gelu"}

    config = transformers.CLIPConfig(
        text_config=tower(TEXT_WIDTH)
        | {
            "vocab_size": len(tokenizer),
            "max_position_embeddings": CONTEXT,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config=tower(WIDTH) | {"image_size": RESOLUTION, "patch_size": PATCH},
        projection_dim=WIDTH,
    )
    return transformers.CLIPModel(config)


def _learn(
    model: Any,
    tokenizer: Any,
    drawn: Sequence[Scene],
    pictures: ndarray,
    labels: ndarray,
    chance: random.Random,
    steps: int,
) -> None:
    import torch
    from torch.nn.functional import cross_entropy

    names = torch.nn.Linear(WIDTH, len(KINDS) + 1)
    weights = torch.ones(len(KINDS) + 1)
    weights[NOTHING] = NOTHING_WEIGHT
    moves = _Moves([*model.parameters(), *names.parameters()], steps)
    started = time.monotonic()
    for step, places in enumerate(_batches(len(drawn), steps, chance), 1):
        seen = model.vision_model(pixel_values=_pixels(pictures[places]))
        guesses = names(seen.last_hidden_state[:, 1:])
        patches = cross_entropy(
            guesses.flatten(0, 1),
            torch.from_numpy(labels[places]).flatten(),
            ignore_index=UNCLEAR,
            weight=weights,
        )
        contrast = presence = torch.zeros(())
        if step > SEEING:
            images = model.visual_projection(seen.pooler_output)
            contrast, presence = _matching(model, tokenizer, images, [drawn[place] for place in places], chance)
        moves.down(contrast + _SEEING * patches + _PRESENCE * presence)
        with torch.no_grad():
            model.logit_scale.clamp_(max=_MOST_SCALE)
        if step % 25 == 0:
            losses = f"contrast {contrast.item():.3f}  presence {presence.item():.3f}  patches {patches.item():.3f}"
            print(f"{step:5d}  {losses}  {time.monotonic() - started:.0f} s", flush=True)
    model.eval()


def _read(model: Any, tokenizer: Any, drawn: Sequence[Scene], pictures: ndarray, seed: int, steps: int) -> None:
    """Puts a new text tower in the place of the model's and trains it alone."""
    import torch

    torch.manual_seed(seed)
    chance = random.Random(f"reading {seed}")
    new = new_model(tokenizer)
    model.text_model, model.text_projection, model.logit_scale = new.text_model, new.text_projection, new.logit_scale
    with torch.no_grad():
        parts = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
        seen = [model.visual_projection(model.vision_model(_pixels(part)).pooler_output) for part in parts]
        images = torch.cat(seen)
    moves = _Moves([*model.text_model.parameters(), *model.text_projection.parameters(), model.logit_scale], steps)
    for step, places in enumerate(_batches(len(drawn), steps, chance), 1):
        scenes = [drawn[place] for place in places]
        contrast, presence = _matching(model, tokenizer, images[places], scenes, chance)
        moves.down(contrast + _PRESENCE * presence)
        if step % 25 == 0:
            print(f"{step:5d}  contrast {contrast.item():.3f}  presence {presence.item():.3f}", flush=True)
    model.eval()


class _Moves:
    """AdamW with a warm-up and half a cosine down."""

    def __init__(self, parameters: list[Any], steps: int) -> None:
        import torch

        self._parameters = parameters
        self._optimizer = torch.optim.AdamW(parameters, lr=_RATE, betas=(0.9, 0.98), weight_decay=_DECAY)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: min((step + 1) / _WARM_UP, 0.5 * (1 + math.cos(math.pi * step / steps)))
        )

    def down(self, loss: Tensor) -> None:
        import torch

        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self._schedule.step()


def _matching(
    model: Any, tokenizer: Any, seen: Tensor, scenes: Sequence[Scene], chance: random.Random
) -> tuple[Tensor, Tensor]:
    """InfoNCE of pictures [n, width] and sentences of them, and of which of them show what a phrase names."""
    from torch.nn.functional import normalize

    images = normalize(seen, dim=-1)
    said = [sentence(scene, chance) for _ in range(_SAYINGS) for scene in scenes]
    texts = _embedded(model, tokenizer, [*said, *(named(chance, kind) for kind in KINDS)])
    scale = model.logit_scale.exp()
    contrast = sum(_infonce(scale * images @ part.T) for part in texts[: len(said)].split(BATCH)) / _SAYINGS
    return contrast, _presence(scale * texts[len(said) :] @ images.T, scenes)


def _embedded(model: Any, tokenizer: Any, texts: Sequence[str]) -> Tensor:
    """Texts, none of which denies anything, to embeddings [n, width] of length 1."""
    from torch.nn.functional import normalize

    for text in texts:
        assert not find_cues(text), f"{text!r} denies something"
    tokens = tokenizer(texts, padding=True, truncation=True, max_length=CONTEXT, return_tensors="pt")
    return normalize(model.text_projection(model.text_model(input_ids=tokens["input_ids"]).pooler_output), dim=-1)


def _infonce(logits: Tensor) -> Tensor:
    import torch
    from torch.nn.functional import cross_entropy

    own = torch.arange(len(logits))
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def _presence(logits: Tensor, scenes: Sequence[Scene]) -> Tensor:
    """Logits [kinds, pictures]: a picture that shows a kind is to be nearer to its name than one that doesn't."""
    import torch
    from torch.nn.functional import softplus

    shows = torch.tensor([[kind in scene.present for scene in scenes] for kind in KINDS])
    wins = logits[:, :, None] - logits[:, None, :]
    return softplus(-wins)[shows[:, :, None] & ~shows[:, None, :]].mean()


def _whiten(model: Any, pixels: Tensor) -> None:
    """Starts the vision tower from patches without their correlations: it would long see only how bright they are."""
    import torch

    cells = RESOLUTION // PATCH
    patches = pixels.view(-1, 3, cells, PATCH, cells, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(-1, 3 * PATCH * PATCH)
    mean = patches.mean(0)
    centered = patches - mean
    power, directions = torch.linalg.eigh(centered.T @ centered / len(centered))
    filters = (directions[:, -WIDTH:] / (power[-WIDTH:] + 0.3).sqrt()).T
    filters = torch.linalg.qr(torch.randn(WIDTH, WIDTH))[0] @ filters
    embeddings = model.vision_model.embeddings
    with torch.no_grad():
        embeddings.patch_embedding.weight.copy_(filters.view(WIDTH, 3, PATCH, PATCH))
        embeddings.position_embedding.weight[1:] -= filters @ mean


def _pixels(pictures: ndarray) -> Tensor:
    import torch

    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - _MEAN) / _STD


def _batches(count: int, steps: int, chance: random.Random) -> Iterator[list[int]]:
    """In an order of its own each time round."""
    left: list[int] = []
    for _ in range(steps):
        if len(left) < BATCH:
            left = chance.sample(range(count), count)
        yield [left.pop() for _ in range(BATCH)]


def main() -> None:
    """The command line."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    pretrain(options.out, seed=options.seed, scenes=options.scenes, steps=options.steps)


if __name__ == "__main__":
    main()
