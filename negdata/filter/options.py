"""What a filter run and a check of verifiers are both told: which rows are read, and how hard servers are driven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from negdata.errors import NegdataError, unknown_name


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options with the command line's defaults.

    Attributes:
        source_format: a name in ``negdata.sources.FORMATS``; None recognises it.
        bad_rows: ``refuse`` ends the run before it starts where a row can't be used; ``fail`` sets such rows aside.
        limit: rows, or questions, to take.
        concurrency: requests to a server in flight at most.
        rpm: requests a minute at most.
        tpm: tokens a minute at most.
        timeout: seconds for one request to a server.
        max_failures: the share of failed records at which the run stops, once 100 are in.
        fresh: starts over instead of going on.
        use_cache: whether replies are stored and read.
    """

    source_format: str | None = None
    image_column: str | None = None
    caption_column: str | None = None
    bad_rows: Literal["refuse", "fail"] = "refuse"
    limit: int | None = None
    concurrency: int = 8
    rpm: int | None = None
    tpm: int | None = None
    timeout: float = 120.0
    max_failures: float = 0.01
    fresh: bool = False
    use_cache: bool = True

    def check_options(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.bad_rows not in ("refuse", "fail"):
            raise unknown_name("treatment of bad rows", self.bad_rows, ("refuse", "fail"))
        if self.limit is not None and self.limit < 1:
            raise NegdataError(f"--limit is {self.limit}.", "Give a number above 0.")
        if not 0.0 <= self.max_failures <= 1.0:
            raise NegdataError(f"--max-failures is {self.max_failures}.", "Give a number from 0 to 1.")
