"""Which scenes a model may be trained on, and which are kept for measuring what it learned of the words."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import combinations, islice

from negdata.demo.scene import KINDS, Scene, draw_scene


def held_out(kinds: Iterable[str]) -> bool:
    """Whether two of the kinds are a pair that no training shows together."""
    return any(pair in _PAIRS for pair in combinations(sorted(set(kinds)), 2))


def held_out_pairs() -> list[tuple[str, str]]:
    """The pairs of kinds that no training shows together, each in alphabetical order."""
    return sorted(_PAIRS)


def training_scenes(n: int, seed: int) -> list[Scene]:
    """`n` scenes without a held-out pair; the same seed gives the same anywhere."""
    return list(islice((scene for scene in _drawn(f"training {seed}") if not held_out(scene.present)), n))


def unseen_scenes(n: int, seed: int) -> list[Scene]:
    """`n` scenes that each show a held-out pair: none of them is ever a training scene."""
    return list(islice((scene for scene in _drawn(f"unseen {seed}") if held_out(scene.present)), n))


def _drawn(seed: str) -> Iterator[Scene]:
    chance = random.Random(seed)
    while True:
        yield draw_scene(chance)


def _hash(kind: str) -> bytes:
    return blake2b(kind.encode(), digest_size=8).digest()


def _neighbours() -> Iterator[tuple[str, str]]:
    """In a ring in the order of their hashes, each kind with the next: so each is in two pairs."""
    ring = sorted(KINDS, key=_hash)
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        yield min(one, other), max(one, other)


_PAIRS = frozenset(_neighbours())
