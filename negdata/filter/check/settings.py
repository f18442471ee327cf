"""What a check of verifiers is told: ``negdata filter --check-against``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from negdata.command_line import command_line
from negdata.errors import NegdataError, unknown_name
from negdata.store import OutputPaths
from negdata.verify import VerifySettings


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The options of a check; the defaults are the command line's.

    Attributes:
        against: what is known: a COCO or LVIS instances file, or questions in POPE's JSON lines.
        out: ``*.jsonl``: a line a question; the report goes to the ``.html`` beside it.
        source: caption records whose objects are asked about where an instances file knows them; None: questions are
            made from the file itself.
        verify: the verifiers that are measured.
        per_image: questions about present objects of an image, at most, where they are made; as many about absent ones.
        seed: which objects those are.
        limit: questions to ask.
    """

    against: Path
    out: Path
    source: Path | None = None
    verify: VerifySettings = field(default_factory=VerifySettings)
    per_image: int = 3
    seed: int = 0
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
        if not self.verify.verifiers:
            raise NegdataError("No verifier is named to be measured.", "Name one with --verifier.")
        if self.out.suffix != ".jsonl":
            raise NegdataError(
                f"The output {self.out} doesn't end in .jsonl.",
                "Name it OUT.jsonl: a line a question; the report goes to OUT.html.",
            )
        if self.bad_rows not in ("refuse", "fail"):
            raise unknown_name("treatment of bad rows", self.bad_rows, ("refuse", "fail"))
        if not 0.0 <= self.max_failures <= 1.0:
            raise NegdataError(f"--max-failures is {self.max_failures}.", "Give a number from 0 to 1.")
        written = OutputPaths.of(self.out)
        if written.holds(self.against) or (self.source is not None and written.holds(self.source)):
            raise NegdataError(f"The output {self.out} is the input itself.", "Give another output.")
        for name, value in (("per-image", self.per_image), ("limit", self.limit)):
            if value is not None and value < 1:
                raise NegdataError(f"--{name} is {value}.", "Give a number above 0.")

    @property
    def command_line(self) -> str:
        """The ``negdata filter --check-against`` command that says the same, options at their defaults left out."""
        named = {"source": "", "out": "", "fresh": "", "verify": "", "against": "--check-against"}
        arguments = [*([self.source] if self.source else []), "-o", self.out]
        return command_line(
            "filter",
            arguments,
            (self, named | {"use_cache": "--no-cache"}),
            (self.verify, {"verifiers": "--verifier"}),
        )

    @property
    def report_path(self) -> Path:
        """Where the report goes."""
        return self.out.with_suffix(".html")
