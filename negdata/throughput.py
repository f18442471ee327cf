"""How far a run was at what time: a few samples, however long it takes and often it is resumed."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 200
"""Samples that a manifest has at most."""
_EVERY = 0.1
"""Seconds between two samples at first; twice as many each time that there are too many samples."""

Sample = tuple[float, int, int, int]
"""Seconds that all runs on the output took until then, and the records kept, rejected and failed by then."""


class Throughput:
    """Samples of a run, and of the runs on the same output before it; their seconds add up.

    The number of those that failed falls where a run is resumed: these records are tried again.
    """

    def __init__(self, earlier: Sequence[Sample] = ()) -> None:
        self._samples = [*earlier]
        self._every = _EVERY
        while self._samples and self._samples[-1][0] > MOST * self._every:
            self._every *= 2

    def add(self, seconds: float, kept: int, rejected: int, failed: int) -> None:
        """Takes a sample where the time for one has come; cheap to call often."""
        if self._samples and seconds - self._samples[-1][0] < self._every:
            return
        self._samples.append((round(seconds, 2), kept, rejected, failed))
        if len(self._samples) >= MOST:
            self._samples = self._samples[::2]
            self._every *= 2

    def until(self, seconds: float, kept: int, rejected: int, failed: int) -> list[Sample]:
        """All samples, with how far the run is now."""
        last = (round(seconds, 2), kept, rejected, failed)
        return [*(one for one in self._samples if one[0] < last[0]), last]
