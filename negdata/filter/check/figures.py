"""The figures of a check: right and wrong verdicts, calibration, and the thresholds at which absence can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from negdata.records import CheckedAnswer

BINS = 10
TRUSTED = 0.99
EVEN = 0.5
"""A threshold beyond it would call absent what is more likely present, or the other way round."""
_Z = 1.959964
"""Of a 95 % interval."""


class Confusion(BaseModel):
    """Verdicts on questions with one true answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    absent: int = 0
    present: int = 0
    unsure: int = 0

    @property
    def total(self) -> int:
        return self.absent + self.present + self.unsure


class Bin(BaseModel):
    """Answers whose probability of presence lies in [low, high): its mean, and the share that is truly present."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float
    high: float
    answers: int
    mean_p: float | None
    share_present: float | None


class TrustedThreshold(BaseModel):
    """The widest threshold at which a verdict is right ``TRUSTED`` of the time, and what it then finds.

    ``recall`` is the share of the truly absent (or present) that it reaches.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: float
    precision: float
    recall: float
    answers: int


class CheckFigures(BaseModel):
    """What a check came to; shares are in [0, 1], and None where there is nothing to take a share of.

    Attributes:
        taken: questions = ``answered`` + ``failed``.
        truly_absent: verdicts on questions about what is absent; ``truly_present`` on the others.
        accuracy: right verdicts among those that are not unsure.
        precision_absent: truly absent among those judged absent, with its 95 % interval (Wilson).
        recall_absent: judged absent among the truly absent, unsure ones counted as missed.
        with_probability: answers with a probability; calibration and thresholds are theirs.
        ece: expected calibration error over ten bins of equal width (Naeini et al., AAAI 2015).
        brier: mean squared difference of probability and truth.
        absent_at: the highest probability up to which "absent" is right 99 % of the time.
        present_at: the lowest from which "present" is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: str
    report: str
    verifiers: list[str]
    taken: int
    answered: int
    failed: int
    resumed: int
    seconds: float
    truly_absent: Confusion
    truly_present: Confusion
    accuracy: float | None
    precision_absent: float | None
    precision_absent_interval: tuple[float, float] | None
    recall_absent: float | None
    with_probability: int
    ece: float | None
    brier: float | None
    bins: list[Bin]
    absent_at: TrustedThreshold | None
    present_at: TrustedThreshold | None
    notes: list[str] = []


def confusion(answers: Iterable[CheckedAnswer], truth: bool) -> Confusion:
    """The verdicts on the questions whose true answer is ``truth``."""
    said = [answer.verdict.present for answer in answers if answer.truth is truth]
    return Confusion(absent=said.count(False), present=said.count(True), unsure=said.count(None))


def calibration(pairs: Sequence[tuple[float, bool]]) -> tuple[float | None, list[Bin]]:
    """The expected calibration error of (probability, truth) pairs, and its bins."""
    bins: list[Bin] = []
    error = 0.0
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [(p, truth) for p, truth in pairs if min(int(p * BINS), BINS - 1) == number]
        mean_p = sum(p for p, _ in inside) / len(inside) if inside else None
        share = sum(truth for _, truth in inside) / len(inside) if inside else None
        if mean_p is not None and share is not None:
            error += len(inside) / len(pairs) * abs(mean_p - share)
        bins.append(Bin(low=low, high=high, answers=len(inside), mean_p=mean_p, share_present=share))
    return (error if pairs else None), bins


def trusted_absence(pairs: Sequence[tuple[float, bool]]) -> TrustedThreshold | None:
    """The highest probability, one half at most, up to which 99 % are truly absent; None where there is none."""
    return _trusted([(p, not truth) for p, truth in pairs if p <= EVEN], sum(not truth for _, truth in pairs))


def trusted_presence(pairs: Sequence[tuple[float, bool]]) -> TrustedThreshold | None:
    """The lowest probability, one half at least, from which 99 % are truly present; None where there is none."""
    # Not the distance from 1, which is rounded: the threshold must be one of the probabilities to reach its answers.
    found = _trusted([(-p, truth) for p, truth in pairs if p >= EVEN], sum(truth for _, truth in pairs))
    return found and found.model_copy(update={"threshold": abs(found.threshold)})


def wilson(right: float, total: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson, 1927); ``right`` is a fraction where credit is shared."""
    if total == 0:
        return None
    share = right / total
    middle = share + _Z**2 / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    scale = 1 + _Z**2 / total
    # Rounding leaves a hair above 0 of no success, and below 1 of nothing but successes: the share is always inside.
    return max(0.0, min(share, (middle - spread) / scale)), min(1.0, max(share, (middle + spread) / scale))


def _trusted(pairs: list[tuple[float, bool]], total: int) -> TrustedThreshold | None:
    """Of (distance, right) pairs: the greatest distance within which 99 % are right; equal distances stay together.

    ``total`` is how many there are to be found.
    """
    ordered = sorted(pairs)
    best: TrustedThreshold | None = None
    hits = 0
    for count, (distance, right) in enumerate(ordered, 1):
        hits += right
        ends = count == len(ordered) or ordered[count][0] > distance
        if ends and hits >= TRUSTED * count and total:
            best = TrustedThreshold(threshold=distance, precision=hits / count, recall=hits / total, answers=count)
    return best
