"""Makes the small judge from nothing: a small LLaVA-NeXT that answers whether an object is in a drawn scene.

    python -m negdata.demo.judge.train                    # about 26 minutes on one core
    python -m negdata.demo.judge.train --out FOLDER

Two stages. The vision tower first learns to name what each of its patches shows, by the language model's own word
for it: yes and no alone would teach it a hundred times slower. Then all of it learns to answer, many questions for
one encoding of a scene.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from negdata.demo.judge import SMALL_JUDGE
from negdata.demo.judge.asking import Asker, ask
from negdata.demo.judge.questions import UNHEARD, foreign_names, held_out, p_present, phrase, worded
from negdata.demo.judge.seeing import PatchNames
from negdata.demo.judge.start import attend_to_likeness, build, pixels_of, see, whiten
from negdata.demo.scene import Scene, draw_scene

# Held-out scenes are drawn from small seeds.
FIRST_SEED = 1_000_000
SEEING_STEPS, SEEING_BATCH = 1500, 32
ANSWERING_STEPS, ANSWERING_BATCH = 1200, 16
RATE, WARM_UP, DECAY = 1e-3, 50, 0.02


def train(seed: int, *, seeing: int = SEEING_STEPS, answering: int = ANSWERING_STEPS) -> tuple[Any, Any]:
    """The trained model and its processor."""
    model, processor = build(seed)
    first_seed = FIRST_SEED * (1 + seed)
    whiten(model, [draw_scene(first_seed - 1 - index) for index in range(1000)])
    attend_to_likeness(model)
    names = PatchNames(model, processor)
    learn_to_see(model, names, scenes(SEEING_BATCH, seeing, first_seed), seeing)
    later = scenes(ANSWERING_BATCH, answering, first_seed + SEEING_BATCH * seeing)
    learn_to_answer(model, processor, names, later, answering, random.Random(seed))
    return model.eval(), processor


def learn_to_see(model: Any, names: PatchNames, batches: Iterator[tuple[list[Scene], Any]], steps: int) -> None:
    """The first stage: each patch's kind."""
    inner, started = model.model, time.monotonic()
    eyes = [*inner.vision_tower.parameters(), *inner.multi_modal_projector.parameters()]
    parameters = [*eyes, inner.get_input_embeddings().weight, names.nothing]
    optimizer, schedule = learn(parameters, steps)
    for number, (drawn, pixels) in enumerate(batches, 1):
        loss, right = names.loss(see(model, pixels), drawn)
        step(optimizer, schedule, loss, parameters)
        _tell("seeing", number, loss.item(), right, started)


def learn_to_answer(
    model: Any,
    processor: Any,
    names: PatchNames,
    batches: Iterator[tuple[list[Scene], Any]],
    steps: int,
    chance: random.Random,
) -> None:
    """The second stage: yes or no, while the patches keep their names."""
    asker, foreign, started = Asker(model, processor), foreign_names()[::2], time.monotonic()
    parameters = [*model.parameters(), names.nothing]
    optimizer, schedule = learn(parameters, steps)
    for number, (drawn, pixels) in enumerate(batches, 1):
        features = see(model, pixels)
        seen, _ = names.loss(features, drawn)
        loss, right = asker.loss(features, [ask(scene, chance, foreign) for scene in drawn])
        step(optimizer, schedule, loss + 0.3 * seen, parameters)
        _tell("answering", number, loss.item(), right, started)


def scenes(size: int, steps: int, first_seed: int) -> Iterator[tuple[list[Scene], Any]]:
    """Batches of fresh scenes and their pixels as the processor would give them, drawn while the last batch trains."""

    def batch(step: int) -> tuple[list[Scene], Any]:
        drawn = [draw_scene(first_seed + step * size + index) for index in range(size)]
        return drawn, pixels_of(drawn)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, 0)
        for step in range(1, steps + 1):
            ready = coming.result()
            if step < steps:
                coming = pool.submit(batch, step)
            yield ready


def learn(parameters: list[Any], steps: int) -> tuple[Any, Any]:
    """The optimizer, and a rate that warms up and falls to zero along a cosine."""
    import torch

    optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.98), weight_decay=DECAY)

    def rate(step: int) -> float:
        return min((step + 1) / WARM_UP, 0.5 * (1 + math.cos(math.pi * step / steps)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def step(optimizer: Any, schedule: Any, loss: Any, parameters: list[Any]) -> None:
    """One update."""
    import torch

    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    schedule.step()


def measure(model: Any, processor: Any, *, count: int = 1000) -> dict[str, float]:
    """On held-out scenes: accuracy, calibration error over ten bins, and words and objects unheard of."""
    asked = [(scene, question) for scene, questions in held_out(count) for question in questions]
    found = list(p_present(model, processor, [(scene, question.text) for scene, question in asked]))
    truth = [question.present for _, question in asked]
    right = [(p > 0.5) == present for p, present in zip(found, truth, strict=True)]
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, present in zip(found, truth, strict=True):
        bins.setdefault(min(9, int(10 * p)), []).append((p, present))
    gaps = [abs(sum(p for p, _ in pairs) - sum(present for _, present in pairs)) for pairs in bins.values()]
    chance = random.Random(0)
    other = [(scene, worded(chance.choice(UNHEARD), question.name)) for scene, question in asked]
    understood = [(p > 0.5) == present for p, present in zip(p_present(model, processor, other), truth, strict=True)]
    strange = [(asked[index][0], phrase(name, chance)) for index, name in enumerate(foreign_names()[1::2])]
    denied = [p < 0.5 for p in p_present(model, processor, strange)]
    return {
        "accuracy": sum(right) / len(right),
        "misses": sum(present and not ok for present, ok in zip(truth, right, strict=True)) / len(right),
        "calibration error": sum(gaps) / len(found),
        "accuracy in unheard words": sum(understood) / len(understood),
        "unknown objects denied": sum(denied) / len(denied),
    }


def _tell(stage: str, number: int, loss: float, right: float, started: float) -> None:
    if number % 25 == 0:
        print(
            f"{stage} {number:5d}  loss {loss:.3f}  right {right:.3f}  {time.monotonic() - started:.0f} s", flush=True
        )


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SMALL_JUDGE)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeing", type=int, default=SEEING_STEPS)
    parser.add_argument("--answering", type=int, default=ANSWERING_STEPS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    started = time.monotonic()
    model, processor = train(options.seed, seeing=options.seeing, answering=options.answering)
    model.half().save_pretrained(options.out)
    processor.save_pretrained(options.out)
    print(f"{sum(weight.numel() for weight in model.parameters())} parameters, {time.monotonic() - started:.0f} s")
    for name, value in measure(model.float(), processor).items():
        print(f"{name}: {value:.4f}")


if __name__ == "__main__":
    main()
