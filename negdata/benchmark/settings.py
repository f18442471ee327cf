"""What the building of a benchmark is told: every option of ``negdata build-bench``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from negdata.command_line import command_line
from negdata.errors import NegdataError
from negdata.limits import PaceOptions
from negdata.verify import VerifySettings


@dataclass(frozen=True, slots=True)
class BuildSettings(PaceOptions):
    """The options of a build beside the pace at which a verifier is asked; the defaults are the command line's.

    Attributes:
        source: a folder of RefCOCOg, RefCOCO or RefCOCO+, or the JSON lines of one; for NegBench's benchmarks a COCO
            captions file.
        out: ``*.json``; ``*.csv`` for NegBench's benchmarks.
        definition: the name of a shipped definition, or the path of one's own.
        split: train, val, test, all, or another that the dataset has; None: the definition's.
        split_by: umd, google or unc; None: the dataset's usual one.
        rich: whether items carry further keys: cue, kind, position, category, tight boxes, ids, reasons.
        instances: for NegBench's benchmarks: a COCO instances file of the same images.
        seed: of all choices by chance.
        verify: verifiers that look at each crop, and the folder of images.
        contact_sheet: items to draw in ``OUT.html``, for people to look at.
    """

    source: Path
    out: Path
    definition: str = "negrefcocog"
    split: str | None = None
    split_by: str | None = None
    rich: bool = False
    instances: Path | None = None
    seed: int = 0
    verify: VerifySettings = field(default_factory=VerifySettings)
    contact_sheet: int = 0

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.contact_sheet < 0:
            raise NegdataError(f"--contact-sheet is {self.contact_sheet}.", "Give a number from 0.")
        self.check_pace()
        if "instances" in self.verify.verifiers:
            raise NegdataError(
                "The verifier instances knows images, not crops of them.",
                "Name a multimodal model; the boxes of the dataset are used already.",
            )
        for read in (self.source, self.source / "instances.json", self.instances):
            if read is not None and read.resolve() in {path.resolve() for path in self.written}:
                raise NegdataError(f"The output {self.out} would take the place of {read}.", "Give another output.")

    @property
    def written(self) -> tuple[Path, ...]:
        """The files that a build writes."""
        return self.out, self.rejected_path, self.manifest_path, self.datasheet_path, self.sheet_path, self.asked_path

    @property
    def rejected_path(self) -> Path:
        """Every phrase with a cue that gave no item, with its reason."""
        return self.out.with_name(f"{self.out.stem}.rejected.jsonl")

    @property
    def manifest_path(self) -> Path:
        """What made the benchmark."""
        return self.out.with_name(f"{self.out.stem}.manifest.json")

    @property
    def datasheet_path(self) -> Path:
        """What the benchmark is, for people."""
        return self.out.with_suffix(".md")

    @property
    def sheet_path(self) -> Path:
        """The contact sheet."""
        return self.out.with_suffix(".html")

    @property
    def asked_path(self) -> Path:
        """What a verifier was asked, and its answers."""
        return self.out.with_name(f"{self.out.stem}.asked.jsonl")

    @property
    def command_line(self) -> str:
        """The ``negdata build-bench`` command that says the same, options at their defaults left out."""
        named = {"source": "", "out": "", "fresh": "", "verify": "", "use_cache": "--no-cache"}
        return command_line(
            "build-bench",
            (self.source, "-o", self.out),
            (self, named),
            (self.verify, {"verifiers": "--verifier"}),
        )
