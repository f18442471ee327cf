"""Which captions meet in a batch: an order for each epoch that depends on the seed and the epoch alone."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Sequence

from negdata.train.recipe import BatchRule


def number_of_batches(images: Sequence[int], size: int, *, one_caption_an_image: bool) -> int:
    """How many batches an epoch has.

    Where no two captions of an image may meet, there are at least as many batches as any image has captions.
    """
    batches = -(-len(images) // size)
    return max([batches, *Counter(images).values()]) if one_caption_an_image else batches


def batches_of(images: Sequence[int], rule: BatchRule, seed: int, epoch: int) -> list[list[int]]:
    """The rows of an epoch in batches, as the recipe has them come together.

    Args:
        images: the image of each row.
    """
    if rule.one_caption_an_image:
        return apart(images, rule.size, seed, epoch)
    return shuffled(len(images), rule.size, seed, epoch)


def shuffled(count: int, size: int, seed: int, epoch: int) -> list[list[int]]:
    """All of ``count`` rows in random order, cut into batches; the last one may be smaller."""
    order = list(range(count))
    random.Random(f"{seed}:order:{epoch}").shuffle(order)
    return [order[start : start + size] for start in range(0, count, size)]


def apart(images: Sequence[int], size: int, seed: int, epoch: int) -> list[list[int]]:
    """All rows in random batches of nearly one size, no two rows of one image in one.

    Every image's rows are dealt in random order to the batches that are next in line, past those that have a row of
    it already.

    Args:
        images: the image of each row.
    """
    chance = random.Random(f"{seed}:order:{epoch}")
    batches: list[list[int]] = [[] for _ in range(number_of_batches(images, size, one_caption_an_image=True))]
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, image in enumerate(images):
        rows_of[image].append(row)
    order = list(rows_of)
    chance.shuffle(order)
    line: deque[int] = deque()
    for image in order:
        rows = rows_of[image]
        chance.shuffle(rows)
        taken: set[int] = set()
        passed: list[int] = []
        while len(taken) < len(rows):
            if not line:
                line.extend(chance.sample(range(len(batches)), len(batches)))
            batch = line.popleft()
            if batch in taken:
                passed.append(batch)
            else:
                batches[batch].append(rows[len(taken)])
                taken.add(batch)
        line.extendleft(reversed(passed))
    return batches
