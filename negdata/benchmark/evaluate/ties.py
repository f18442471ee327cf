"""Who wins where candidates tie or a score is no number: as published evaluators have it, or so that nobody profits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

ScoringName = Literal["strict", "paper"]


@dataclass(frozen=True, slots=True)
class Rank:
    """Where the best right candidate of a query stands.

    Attributes:
        best: the place of the first candidate with the best score.
        better: wrong candidates that stand before it.
        tied: candidates that share its score, itself included, where ties are shared; else 1.
        right: right ones among these.
        is_number: whether every score is finite.
    """

    best: int
    better: int
    tied: int
    right: int
    is_number: bool


@dataclass(frozen=True, slots=True)
class Scoring:
    """A way of scoring.

    Attributes:
        choose: the places of the candidates that win, by their scores in the order of the file.
        rank: where the best of the right candidates stands, by all scores.
        shuffles: whether candidates are shown in a shuffled order.
        takes_numbers_only: whether a score that is no finite number is an error.
    """

    name: ScoringName
    choose: Callable[[Sequence[float]], tuple[int, ...]]
    rank: Callable[[Scores, Sequence[int]], Rank]
    shuffles: bool
    takes_numbers_only: bool


def _all_best(scores: Sequence[float]) -> tuple[int, ...]:
    best = max(scores)
    return tuple(place for place, score in enumerate(scores) if score == best)


def _first_best(scores: Sequence[float]) -> tuple[int, ...]:
    """As ``numpy.argmax`` has it: the first of those that tie, and before any number the first that is none."""
    import numpy as np

    return (int(np.argmax(scores)),)


def _shared_rank(scores: Scores, right: Sequence[int]) -> Rank:
    import numpy as np

    best_right = scores[list(right)].max()
    tied = scores == best_right
    return Rank(
        best=int(np.argmax(scores)),
        better=int((scores > best_right).sum()),
        tied=int(tied.sum()),
        right=int(tied[list(right)].sum()),
        is_number=bool(np.isfinite(scores).all()),
    )


def _first_rank(scores: Scores, right: Sequence[int]) -> Rank:
    """Those that tie stand in the order of the file, and what is no number stands before all."""
    import numpy as np

    ordered = np.where(np.isnan(scores), np.float32(np.inf), scores)
    places = sorted(right)
    place = places[int(np.argmax(ordered[places]))]
    before = int((ordered > ordered[place]).sum()) + int((ordered[:place] == ordered[place]).sum())
    return Rank(int(np.argmax(ordered)), before, 1, 1, bool(np.isfinite(scores).all()))


SCORINGS = {
    "strict": Scoring("strict", _all_best, _shared_rank, shuffles=True, takes_numbers_only=True),
    "paper": Scoring("paper", _first_best, _first_rank, shuffles=False, takes_numbers_only=False),
}
