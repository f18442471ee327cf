"""How each object of a list is held back or brought forward, so that all are said to be absent about as often.

Whoever is shown "no dog" a hundred times as often as "no clock" learns that dogs are absent. What an image could hold
still decides what is proposed for it; of several such objects, the one that the corpus would otherwise seldom deny
comes first.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from negdata.caption.candidates import Choice, ImageContext, ranked, scored
from negdata.vocabulary import Cooccurrence

SAMPLE = 2_000
"""Images that the weights are found on."""
_POOL = 200
_ROUNDS = 12
_PULL, _TIRING = 0.5, 6
"""The power of what an object should be denied by what it is, that its weight changes by in the first round; after so
many rounds it is half of that, since one object's gain is others' loss."""


def evened(choice: Choice, said: Iterable[ImageContext], cooccurrence: Cooccurrence, seed: int) -> Choice:
    """The choice with weights under which its allowed objects are proposed about equally often for the corpus."""
    if not choice.allowed:
        return choice
    chance = random.Random(f"evenness {seed}")
    images = []
    for image in said:
        found = scored(cooccurrence, image.mentioned, image.implied, image.scenes, _POOL, choice)
        images.append((image.of, found, [chance.uniform(-1, 1) for _ in found]))
    weights = dict.fromkeys(sorted(choice.allowed), 1.0)
    for turn in range(_ROUNDS):
        pull = _PULL / (1 + turn / _TIRING)
        taken = Counter(name for of, found, draws in images for name in ranked(found, draws, weights)[:of])
        even = max(taken.total() / len(weights), 1.0)
        weights = {name: weight * (even / (taken[name] + 1)) ** pull for name, weight in weights.items()}
    return replace(choice, weights=_scaled(weights))


def _scaled(weights: Mapping[str, float]) -> dict[str, float]:
    most = max(weights.values())
    return {name: weight / most for name, weight in weights.items()}
