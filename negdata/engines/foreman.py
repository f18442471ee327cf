"""Keeps account of all workers of a run: how far they are, whether they may go on, how often they may ask."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from negdata.errors import TooManyFailures
from negdata.limits import Limits
from negdata.manifest import Usage
from negdata.pacing import OwnRates
from negdata.progress import Progress

Why = Literal["interrupted", "failures"]
REPORT_SECONDS = 0.3
"""Between two reports of a worker, where there are few."""
_REPORTS_A_SECOND = 200.0
"""Of all workers together: an actor of Ray's takes some hundred calls a second more."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far a worker is with a block, or several are with several.

    Attributes:
        kept, rejected, failed: records, those of earlier runs included, which are ``resumed``.
        usage: what this run asked of its backends.
        errors: failed records by error; ``message`` is what was said of one.
        pause: seconds for which a server wants not to be asked.
    """

    kept: int = 0
    rejected: int = 0
    failed: int = 0
    resumed: int = 0
    usage: Usage = field(default_factory=Usage)
    errors: Mapping[str, int] = field(default_factory=dict)
    message: str = ""
    in_flight: int = 0
    pause: float = 0.0

    @property
    def finished(self) -> int:
        """Records that this run has finished."""
        return self.kept + self.rejected + self.failed - self.resumed

    def plus(self, other: Told) -> Told:
        """Both together."""
        return Told(
            kept=self.kept + other.kept,
            rejected=self.rejected + other.rejected,
            failed=self.failed + other.failed,
            resumed=self.resumed + other.resumed,
            usage=self.usage.plus(other.usage),
            errors=Counter(self.errors) + Counter(other.errors),
            message=self.message or other.message,
            in_flight=self.in_flight + other.in_flight,
            pause=max(self.pause, other.pause),
        )


_NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is to do: stop, or ask nothing for so many seconds; and after how many to report again."""

    stop: Why | None = None
    pause: float = 0.0
    again: float = REPORT_SECONDS


class Foreman:
    """One for all workers of a run; what it is told of a block replaces what it was told before."""

    def __init__(self, limits: Limits) -> None:
        """``limits``: of the whole run."""
        self._limits = limits
        self._under_way: dict[int, Told] = {}
        self._done = Told()
        self._failed = 0
        self._finished = 0
        self._rates: dict[str | None, OwnRates] = {}
        self._paused_until = 0.0
        self._stop: Why | None = None

    def report(self, block: int, told: Told) -> Orders:
        """Takes what a worker tells of the block that it works on, and says what to do."""
        self._count(block, told)
        self._under_way[block] = told
        now = time.monotonic()
        self._paused_until = max(self._paused_until, now + told.pause)
        self._check_budget()
        again = max(REPORT_SECONDS, len(self._under_way) / _REPORTS_A_SECOND)
        return Orders(self._stop, max(0.0, self._paused_until - now), again)

    def finish(self, block: int, told: Told) -> None:
        """Takes what a worker tells of a block that it has ended with."""
        self._count(block, told)
        self._under_way.pop(block, None)
        self._done = self._done.plus(replace(told, in_flight=0, pause=0.0))
        self._check_budget()

    def stop(self, why: Why) -> None:
        """Has every worker stop at its next report."""
        self._stop = self._stop or why

    def stopped(self) -> Why | None:
        """Why the run is stopped; None while it isn't."""
        return self._stop

    async def take(self, name: str | None, tokens: float) -> None:
        """Returns when one more request to the backend of this name may be sent; see ``pacing.Rates``."""
        if name not in self._rates:
            self._rates[name] = OwnRates(self._limits)
        await self._rates[name].take(tokens)

    def sum(self) -> Told:
        """All blocks together."""
        total = self._done
        for told in self._under_way.values():
            total = total.plus(told)
        return replace(total, pause=max(0.0, self._paused_until - time.monotonic()))

    def _count(self, block: int, told: Told) -> None:
        """Keeps the sums that the budget is checked against: adding up a thousand workers at each report takes long."""
        before = self._under_way.get(block, _NOTHING)
        self._failed += told.failed - before.failed
        self._finished += told.finished - before.finished

    def _check_budget(self) -> None:
        if self._stop is None and self._limits.over_budget(self._failed, self._finished):
            self._stop = "failures"


def progress_of(told: Told, *, total: int, before: Told, seconds: float) -> Progress:
    """What a run tells while it goes on.

    Args:
        told: of the blocks that it works on.
        before: of those that earlier runs had finished.
        total: rows of the run.
        seconds: that this run took until now.
    """
    usage = told.usage
    return Progress(
        total=total,
        kept=told.kept + before.kept,
        rejected=told.rejected + before.rejected,
        failed=told.failed + before.failed,
        resumed=told.resumed + before.kept + before.rejected,
        seconds=seconds,
        requests=usage.requests,
        cached=usage.cached,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        in_flight=told.in_flight,
        waiting_reason=f"rate-limited, {told.pause:.0f} s" if told.pause > 0 else None,
    )


def too_many(told: Told) -> TooManyFailures:
    """The error of a run whose workers' records failed more often than they may."""
    code, times = Counter(told.errors).most_common(1)[0] if told.errors else ("failed", told.failed)
    said = f": {told.message}" if told.message else ""
    return TooManyFailures(
        f"{told.failed:,} of {told.finished:,} records failed, most often ({times:,} times) {code}{said}.",
        "What is done is kept; mend the cause and run the same command again, or raise --max-failures.",
    )
