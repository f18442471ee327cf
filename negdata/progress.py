"""What a run tells while it goes on, and at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from negdata.records import Record


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``seconds`` and the requests and tokens are this run's; the counts include ``resumed``.

    A run that asks no model has nothing to say of requests and tokens.
    """

    total: int | None
    kept: int
    rejected: int
    failed: int
    resumed: int
    seconds: float
    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    in_flight: int = 0
    waiting_reason: str | None = None

    @property
    def done(self) -> int:
        """Records that are accounted for."""
        return self.kept + self.rejected + self.failed


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a finished run ended: taken = kept + rejected + failed, records of earlier runs (``resumed``) included.

    Requests, tokens and ``seconds`` are this run's; ``examples`` are the first records that it kept; ``notes`` are
    sentences for the user: a cache that was corrupt, a server that knows no schemas.
    """

    taken: int
    kept: int
    rejected: int
    failed: int
    resumed: int
    reasons: Counter[str]
    errors: Counter[str]
    requests: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    examples: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
