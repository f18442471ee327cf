"""How well a model knows what the drawn world's affirmative words mean."""

from __future__ import annotations

import random

from negdata.clip.base import DualEncoder
from negdata.demo.phrases import named
from negdata.demo.places import PLACES
from negdata.demo.referring import hang
from negdata.demo.scene import KINDS, MOST_OBJECTS, draw_scene


def presence_choice(encoder: DualEncoder, n: int, seed: int) -> float:
    """The share of `n` phrases such as "the picture with a dog" that are nearer to a picture with one than without.

    Each stands before two pictures of fresh scenes; half of them hang on a wall.
    """
    import torch

    chance = random.Random(f"presence {seed}")
    phrases, pictures = [], []
    for number in range(n):
        kind = KINDS[number % len(KINDS)]
        place = chance.choice([name for name, place in PLACES.items() if kind in place.kinds])
        others = [one for one in PLACES[place].kinds if one != kind]
        with_it = [kind, *chance.sample(others, chance.randint(0, MOST_OBJECTS - 1))]
        without = chance.sample(others, chance.randint(1, MOST_OBJECTS))
        phrases.append(named(chance, kind))
        scenes = [draw_scene(chance, kinds=kinds, count=len(kinds), place=place) for kinds in (with_it, without)]
        pictures += [hang([scene], chance) if number % 2 else scene.image() for scene in scenes]
    images = encoder.encode_images(torch.stack([encoder.prepare(picture) for picture in pictures]))
    right, wrong = (encoder.encode_texts(phrases)[:, None] * images.view(n, 2, -1)).sum(-1).T
    return float((right > wrong).float().mean())
