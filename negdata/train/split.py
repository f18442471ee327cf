"""Parts what is trained on from what is held out for validation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import blake2b

from negdata.errors import NegdataError
from negdata.train.pairs import Pair
from negdata.train.recipe import SplitRule


def split(pairs: Sequence[Pair], rule: SplitRule, seed: int) -> tuple[list[int], list[int]]:
    """The indices of the pairs that are trained on and of those that are held out, each in rising order.

    By ``image``, the share is of the distinct image names, rounded; an image is held out for its name and the seed, in
    whatever order the pairs come. By ``annotation``, it is of the pairs, of which a random permutation is cut in two.
    Each part has at least one image, or pair.

    Raises:
        NegdataError: there aren't two images, or two pairs, to part.
    """
    if rule.by == "image":
        images = sorted({pair.image for pair in pairs}, key=lambda image: _lot(image, seed))
        chosen = set(images[: _held_out(len(images), rule.share, "image")])
        held = [pair.image in chosen for pair in pairs]
    else:
        order = list(range(len(pairs)))
        random.Random(seed).shuffle(order)
        held = [False] * len(pairs)
        for index in order[: _held_out(len(pairs), rule.share, "caption")]:
            held[index] = True
    return [i for i, out in enumerate(held) if not out], [i for i, out in enumerate(held) if out]


def _held_out(number: int, share: float, of: str) -> int:
    if number < 2:
        raise NegdataError(
            f"There {'is one' if number == 1 else 'is no'} {of} to train on, and some have to be held out.",
            f"Give data of two {of}s at least; some hundreds are the least that teaches anything.",
        )
    return min(max(round(share * number), 1), number - 1)


def _lot(image: str, seed: int) -> tuple[bytes, str]:
    """What an image draws; the name decides where two draw the same."""
    return blake2b(f"{seed}\n{image}".encode("utf-8", "surrogatepass"), digest_size=8).digest(), image
