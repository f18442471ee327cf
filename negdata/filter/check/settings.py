"""What a check of verifiers is told: ``negdata filter --check-against``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from negdata.command_line import command_line
from negdata.errors import NegdataError
from negdata.filter.options import RunOptions
from negdata.store import OutputPaths
from negdata.verify import VerifySettings


@dataclass(frozen=True, slots=True)
class CheckSettings(RunOptions):
    """The options of a check beside ``RunOptions``; the defaults are the command line's.

    Attributes:
        against: what is known: a COCO or LVIS instances file, or questions in POPE's JSON lines.
        out: ``*.jsonl``: a line a question; the report goes to the ``.html`` beside it.
        source: caption records whose objects are asked about where an instances file knows them; None: questions are
            made from the file itself.
        verify: the verifiers that are measured.
        per_image: questions about present objects of an image, at most, where they are made; as many about absent ones.
        seed: which objects those are.
    """

    against: Path
    out: Path
    source: Path | None = None
    verify: VerifySettings = field(default_factory=VerifySettings)
    per_image: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if not self.verify.verifiers:
            raise NegdataError("No verifier is named to be measured.", "Name one with --verifier.")
        if self.out.suffix != ".jsonl":
            raise NegdataError(
                f"The output {self.out} doesn't end in .jsonl.",
                "Name it OUT.jsonl: a line a question; the report goes to OUT.html.",
            )
        self.check_options()
        written = OutputPaths.of(self.out)
        if written.holds(self.against) or (self.source is not None and written.holds(self.source)):
            raise NegdataError(f"The output {self.out} is the input itself.", "Give another output.")
        if self.per_image < 1:
            raise NegdataError(f"--per-image is {self.per_image}.", "Give a number above 0.")

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
