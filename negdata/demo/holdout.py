"""Which scenes a model may be trained on, and which are kept for measuring what it learned of the words."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import combinations, islice

from negdata.demo.places import PLACES
from negdata.demo.scene import MOST_OBJECTS, Scene, draw_scene

_PAIRS_A_KIND = 2


def every_pair() -> list[tuple[str, str]]:
    """Any two kinds that are found at one place, each pair in alphabetical order."""
    return sorted({pair for place in PLACES.values() for pair in combinations(sorted(place.kinds), 2)})


def held_out(kinds: Iterable[str]) -> bool:
    """Whether two of the kinds are a pair that no training shows together."""
    return any(pair in _PAIRS for pair in combinations(sorted(set(kinds)), 2))


def held_out_pairs() -> list[tuple[str, str]]:
    """The pairs of kinds that no training shows together, each in alphabetical order."""
    return sorted(_PAIRS)


def training_scenes(n: int, seed: int) -> list[Scene]:
    """`n` scenes without a held-out pair; the same seed gives the same anywhere."""
    return list(islice((scene for scene in _drawn(f"training {seed}") if not held_out(scene.present)), n))


def balanced_scenes(n: int, seed: int) -> list[Scene]:
    """Training scenes, as many of one object as of two and of three: else those that show little would be few."""
    left = Counter(dict.fromkeys(range(1, MOST_OBJECTS + 1), n // MOST_OBJECTS))
    left.update(range(1, n % MOST_OBJECTS + 1))
    taken = []
    for scene in _drawn(f"training {seed}"):
        if left[len(scene.objects)] > 0 and not held_out(scene.present):
            left[len(scene.objects)] -= 1
            taken.append(scene)
        if len(taken) == n:
            break
    return taken


def unseen_scenes(n: int, seed: int) -> list[Scene]:
    """`n` scenes that each show a held-out pair: none of them is ever a training scene."""
    return list(islice((scene for scene in _drawn(f"unseen {seed}") if held_out(scene.present)), n))


def _drawn(seed: str) -> Iterator[Scene]:
    chance = random.Random(seed)
    while True:
        yield draw_scene(chance)


def _hash(pair: tuple[str, str]) -> bytes:
    return blake2b(" ".join(pair).encode(), digest_size=8).digest()


def _chosen() -> Iterator[tuple[str, str]]:
    """Pairs in the order of their hashes, as long as neither kind is in two already."""
    held: Counter[str] = Counter()
    for pair in sorted(every_pair(), key=_hash):
        if all(held[kind] < _PAIRS_A_KIND for kind in pair):
            held.update(pair)
            yield pair


_PAIRS = frozenset(_chosen())
