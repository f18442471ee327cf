"""What a filter run is told: every option of ``negdata filter``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from negdata.caption.coco_layout import check_output_name
from negdata.command_line import command_line
from negdata.engines.settings import EngineSettings
from negdata.errors import NegdataError, unknown_name
from negdata.filter.options import RunOptions
from negdata.filter.text import TEXT_CHECKS
from negdata.parts import is_folder_name, parts_of, records_at, writes_over
from negdata.shards import Shard
from negdata.sources.slices import Slice
from negdata.verify import VerifySettings


@dataclass(frozen=True, slots=True)
class FilterSettings(RunOptions):
    """The options of a filter run beside ``RunOptions``; the defaults are the command line's.

    Attributes:
        source: caption records, or captions in the paper's COCO layout.
        out: ``*.jsonl``, ``*.json`` for the paper's COCO layout (written from the JSONL beside it), or a folder of
            parts.
        verify: the verifiers, and where images and ground truth are; without a verifier the text alone is checked.
        without: reason codes of text checks that are left out.
        captions: a further source of captions of the same images, which contradict what they name as present.
        exclude: benchmarks whose images are left out.
        marks: what people said of the records, as a report exports it: it overrules checks and verifiers.
        shard: which records are taken; None: all.
        engine: where it runs.
    """

    source: Path
    out: Path
    verify: VerifySettings = field(default_factory=VerifySettings)
    without: tuple[str, ...] = ()
    captions: Path | None = None
    exclude: tuple[Path, ...] = ()
    marks: Path | None = None
    shard: Shard | None = None
    engine: EngineSettings = field(default_factory=EngineSettings)

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        for code in self.without:
            if code not in TEXT_CHECKS:
                raise unknown_name("text check", code, TEXT_CHECKS)
        self.check_options()
        if not is_folder_name(self.out):
            check_output_name(self.out)
        for read in (self.source, *self.exclude, *((self.marks,) if self.marks is not None else ())):
            if writes_over(self.out, self.parts_folder, read):
                what = "the file of marks" if read == self.marks else "the source itself"
                raise NegdataError(f"The output {self.out} is {what}.", "Give another output.")

    @property
    def slice(self) -> Slice:
        """The rows that the run takes."""
        return Slice(limit=self.limit, shard=self.shard)

    @property
    def command_line(self) -> str:
        """The ``negdata filter`` command that says the same, options at their defaults left out."""
        named = {"source": "", "out": "", "fresh": "", "verify": "", "use_cache": "--no-cache", "engine": ""}
        return command_line(
            "filter",
            (self.source, "-o", self.out),
            (self.verify, {"verifiers": "--verifier"}),
            (self, named),
            (self.engine, {}),
        )

    @property
    def records_path(self) -> Path:
        """Where the caption records go: the output, or the JSONL beside it."""
        return records_at(self.out)

    @property
    def parts_folder(self) -> Path | None:
        """Where parts are written; None where the run writes one file, record by record."""
        return parts_of(self.out, in_blocks=self.engine.in_blocks)
