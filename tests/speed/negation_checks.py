"""Microseconds of one check, one written caption, one search, one choice of candidates.

    python -m tests.speed.negation_checks [--captions 2000] [--rounds 5]

Every text is new to the program, as in a run: its caches are emptied before each round.
"""

from __future__ import annotations

import argparse
import functools
import gc
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from negdata.caption.candidates import ImageContext, plausible_candidates
from negdata.grammar import CannotWrite, write_negation
from negdata.negation import check_negated_caption, find_cues
from negdata.vocabulary import Cooccurrence, vocabulary
from tests.speed.common import captions, print_table

OBJECTS = ("umbrella", "dog", "bicycle", "suitcase", "kite", "laptop", "traffic light", "person", "boat", "hat")


def empty_caches() -> None:
    """Empties the caches of results; those without arguments hold tables that a run loads once."""
    for cache in (one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)):
        if cache.__module__.startswith("negdata.") and cache.cache_info().maxsize != 1:
            cache.cache_clear()


def measure(work: Callable[..., object], inputs: Sequence[tuple[Any, ...]], rounds: int) -> float:
    """Microseconds a call, the median of rounds."""
    taken = []
    for _ in range(rounds):
        empty_caches()
        began = time.perf_counter()
        for arguments in inputs:
            work(*arguments)
        taken.append((time.perf_counter() - began) / len(inputs) * 1e6)
    return statistics.median(taken)


def written(caption: str, negated: str) -> str | None:
    """The caption that grammar writes, or None."""
    try:
        return write_negation(caption, negated, seed=0).text
    except CannotWrite:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    texts = list(islice(captions(), arguments.captions))
    asked = [(text, OBJECTS[number % len(OBJECTS)]) for number, text in enumerate(texts)]
    checked = [(text, text.rstrip(".") + f", with no {name} in sight.", name) for text, name in asked]
    known, table = vocabulary(), Cooccurrence.shipped()

    def candidates(text: str) -> list[str]:
        mentioned = frozenset(mention.name for mention in known.find(text))
        setting = known.setting(text)
        context = ImageContext(mentioned, setting.implied, setting.scenes, (), 0, 1)
        return plausible_candidates(context, table, known, n=24, seed=0, image=text)

    single = [(text,) for text in texts]
    rows = [
        [name, f"{measure(work, inputs, arguments.rounds):,.0f}"]
        for name, work, inputs in (
            ("find the negation cues of a caption", find_cues, [(negated,) for _, negated, _ in checked]),
            ("find the objects that a caption names", known.find, single),
            ("choose 24 candidates for a caption", candidates, single),
            ("write a negated caption by grammar", written, asked),
            ("check a negated caption", check_negated_caption, checked),
        )
    ]
    print_table(["", "µs"], rows)


if __name__ == "__main__":
    main()
