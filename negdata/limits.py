"""How hard a run may drive its backend, and how long it bears with one that fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from negdata.errors import NegdataError

RECORDS_BEFORE_BUDGET = 100


class Paced(Protocol):
    """Settings of a command that say how hard it may drive a backend."""

    @property
    def concurrency(self) -> int: ...

    @property
    def rpm(self) -> int | None: ...

    @property
    def tpm(self) -> int | None: ...

    @property
    def timeout(self) -> float: ...

    @property
    def max_failures(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceOptions:
    """How settings say it, with the command line's defaults.

    Attributes:
        concurrency: requests to a server in flight at most.
        rpm: requests a minute at most.
        tpm: tokens a minute at most.
        timeout: seconds for one request to a server.
        max_failures: the share of failed records at which the run stops, once 100 are in.
        fresh: starts over instead of going on.
        use_cache: whether replies are stored and read.
    """

    concurrency: int = 8
    rpm: int | None = None
    tpm: int | None = None
    timeout: float = 120.0
    max_failures: float = 0.01
    fresh: bool = False
    use_cache: bool = True

    def check_pace(self) -> None:
        """Checks what ``Limits`` doesn't; raises NegdataError."""
        if not 0.0 <= self.max_failures <= 1.0:
            raise NegdataError(f"--max-failures is {self.max_failures}.", "Give a number from 0 to 1.")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run.

    Attributes:
        concurrency: requests in flight at most.
        rpm: requests a minute at most.
        tpm: tokens a minute at most, prompt and reply together.
        timeout: seconds for one request.
        max_failures: the share of failed records (a float up to 1.0; 1.0 never stops) at which the run stops, once
            100 are in; or their number (an int, or a float above 1).
        attempts: times a request is sent to a server that is unavailable. The waits between six of them add up to
            at least 40 s at the default ``first_wait``.
        first_wait: seconds before the second attempt; each further wait is three times as long, 30 s at most. Twice
            as long is the first pause after a 429 that names no time; each further pause doubles, 60 s at most.
        patience: seconds for which a request is asked again while the server says that it is asked too often.
        redraws: times a request is asked again, with another seed, where the reply is unusable.
        grace: seconds in which requests in flight may finish when the run is interrupted.
    """

    concurrency: int = 8
    rpm: int | None = None
    tpm: int | None = None
    timeout: float = 60.0
    max_failures: float = 0.01
    attempts: int = 6
    first_wait: float = 0.5
    patience: float = 600.0
    redraws: int = 3
    grace: float = 3.0

    def __post_init__(self) -> None:
        """Raises NegdataError where a limit makes no sense."""
        for name in ("concurrency", "rpm", "tpm", "timeout", "attempts"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise NegdataError(f"The limit {name} is {value}.", "Give a number above 0.")
        for name in ("max_failures", "first_wait", "patience", "redraws", "grace"):
            if getattr(self, name) < 0:
                raise NegdataError(f"The limit {name} is {getattr(self, name)}.", "Give 0 or more.")

    @classmethod
    def of(cls, settings: Paced) -> Self:
        """The limits that a command's settings ask for; raises NegdataError as above."""
        return cls(
            concurrency=settings.concurrency,
            rpm=settings.rpm,
            tpm=settings.tpm,
            timeout=settings.timeout,
            max_failures=settings.max_failures,
        )

    def over_budget(self, failed: int, seen: int) -> bool:
        """Whether so many failures among so many records end the run."""
        if isinstance(self.max_failures, int) or self.max_failures > 1:
            return failed > self.max_failures
        return seen >= RECORDS_BEFORE_BUDGET and failed > self.max_failures * seen

    @property
    def stops_on_failures(self) -> bool:
        """Whether any number of failures ends the run."""
        return isinstance(self.max_failures, int) or self.max_failures != 1.0
