"""What a merge is told: every option of ``negdata merge``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.caption.coco_layout import check_output_name
from negdata.command_line import command_line
from negdata.errors import NegdataError
from negdata.merging.inputs import output_of
from negdata.remote import place
from negdata.store import OutputPaths


@dataclass(frozen=True, slots=True)
class MergeSettings:
    """The options of a merge.

    Attributes:
        inputs: outputs, each ``*.jsonl`` with the files beside it, or a folder of parts.
        out: ``*.jsonl``, or ``*.json`` for the paper's COCO layout (written from the JSONL beside it).
        fresh: whether what is there already is replaced, whatever it is.
    """

    inputs: tuple[Path, ...]
    out: Path
    fresh: bool = False

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        check_output_name(self.out)
        if not self.inputs:
            raise NegdataError("No output to merge is named.", "Give the outputs of all shards, or a folder of parts.")
        out = self.records_path
        for path in self.outputs:
            # The files of an output of parts are all below it; those of another one lie beside it.
            holds = path.suffix == ".jsonl" and OutputPaths.of(path).holds(out)
            if holds or OutputPaths.of(out).holds(path) or out.resolve().is_relative_to(path.resolve()):
                raise NegdataError(f"The output {self.out} is one of the inputs: {path}.", "Give another output.")

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The outputs that the inputs stand for, each once: ``shard-*.jsonl`` names rejected and failed records too."""
        return tuple(dict.fromkeys(output_of(place(path)) for path in self.inputs))

    @property
    def records_path(self) -> Path:
        """Where the caption records go: the output, or the JSONL beside it."""
        return place(self.out).with_suffix(".jsonl")

    @property
    def command_line(self) -> str:
        """The ``negdata merge`` command that says the same."""
        return command_line("merge", (*map(place, self.inputs), "-o", place(self.out)))
