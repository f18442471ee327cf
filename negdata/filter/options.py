"""What a filter run and a check of verifiers are both told: which rows are read, and how hard servers are driven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from negdata.errors import NegdataError, unknown_name
from negdata.limits import PaceOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(PaceOptions):
    """Options beside the pace, with the command line's defaults.

    Attributes:
        source_format: a name in ``negdata.sources.FORMATS``; None recognises it.
        bad_rows: ``refuse`` ends the run before it starts where a row can't be used; ``fail`` sets such rows aside.
        limit: rows, or questions, to take.
    """

    source_format: str | None = None
    image_column: str | None = None
    caption_column: str | None = None
    bad_rows: Literal["refuse", "fail"] = "refuse"
    limit: int | None = None

    def check_options(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.bad_rows not in ("refuse", "fail"):
            raise unknown_name("treatment of bad rows", self.bad_rows, ("refuse", "fail"))
        if self.limit is not None and self.limit < 1:
            raise NegdataError(f"--limit is {self.limit}.", "Give a number above 0.")
        self.check_pace()
