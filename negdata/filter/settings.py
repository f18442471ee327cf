"""What a filter run is told: every option of ``negdata filter``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from negdata.caption.coco_layout import check_output_name
from negdata.command_line import command_line
from negdata.errors import NegdataError, unknown_name
from negdata.filter.text import TEXT_CHECKS
from negdata.store import OutputPaths
from negdata.verify import VerifySettings


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """The options of a filter run; the defaults are the command line's.

    Attributes:
        source: caption records, or captions in the paper's COCO layout.
        out: ``*.jsonl``, or ``*.json`` for the paper's COCO layout (written from the JSONL beside it).
        verify: the verifiers, and where images and ground truth are; without a verifier the text alone is checked.
        without: reason codes of text checks that are left out.
        captions: a further source of captions of the same images, which contradict what they name as present.
        source_format: a name in ``negdata.sources.FORMATS``; None recognises it.
        bad_rows: ``refuse`` ends the run before it starts where a row can't be used; ``fail`` sets such rows aside.
        limit: rows to take.
        concurrency: requests to a server in flight at most.
        rpm: requests a minute at most.
        tpm: tokens a minute at most.
        timeout: seconds for one request to a server.
        max_failures: the share of failed records at which the run stops, once 100 are in.
        fresh: starts over instead of going on.
        use_cache: whether replies are stored and read.
    """

    source: Path
    out: Path
    verify: VerifySettings = field(default_factory=VerifySettings)
    without: tuple[str, ...] = ()
    captions: Path | None = None
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

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        for code in self.without:
            if code not in TEXT_CHECKS:
                raise unknown_name("text check", code, TEXT_CHECKS)
        if self.bad_rows not in ("refuse", "fail"):
            raise unknown_name("treatment of bad rows", self.bad_rows, ("refuse", "fail"))
        check_output_name(self.out)
        if self.limit is not None and self.limit < 1:
            raise NegdataError(f"--limit is {self.limit}.", "Give a number above 0.")
        if not 0.0 <= self.max_failures <= 1.0:
            raise NegdataError(f"--max-failures is {self.max_failures}.", "Give a number from 0 to 1.")
        if OutputPaths.of(self.records_path).holds(self.source) or self.source.resolve() == self.out.resolve():
            raise NegdataError(f"The output {self.out} is the source itself.", "Give another output.")

    @property
    def command_line(self) -> str:
        """The ``negdata filter`` command that says the same, options at their defaults left out."""
        named = {"source": "", "out": "", "fresh": "", "verify": "", "use_cache": "--no-cache"}
        return command_line(
            "filter",
            (self.source, "-o", self.out),
            (self.verify, {"verifiers": "--verifier"}),
            (self, named),
        )

    @property
    def records_path(self) -> Path:
        """Where the caption records go: the output, or the JSONL beside it."""
        return self.out.with_suffix(".jsonl")
