"""What a caption run is told: every option of ``negdata caption``, typed and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from negdata.caption.coco_layout import check_output_name
from negdata.command_line import command_line
from negdata.engines.settings import EngineSettings
from negdata.errors import NegdataError, unknown_name
from negdata.parts import is_folder_name, parts_of, records_at, writes_over
from negdata.shards import Shard
from negdata.sources.slices import Slice
from negdata.verify import VerifySettings

STEPS = ("propose", "rewrite")
PIPELINES = ("objects", "random", "vqa")
PROPOSERS = ("model", "cooccurrence")
BAD_ROWS = ("refuse", "fail")


@dataclass(frozen=True, slots=True)
class CaptionSettings:
    """The options of a caption run; the defaults are the command line's.

    Attributes:
        source: captions: a COCO JSON, JSONL, CSV or parquet file, or a folder; None only if ``standalone``.
        out: ``*.jsonl``, ``*.json`` for the paper's COCO layout (written from the JSONL beside it), or a folder of
            parts.
        source_format: a name in ``negdata.sources.FORMATS``; None recognises it.
        bad_rows: ``refuse`` ends the run before it starts where a row can't be used; ``fail`` sets such rows aside.
        vqa_questions: for ``vqa``: questions in VQAv2's layout; ``vqa_annotations`` are their answers.
        backend: a name in ``negdata.backends.BACKENDS``.
        model: the backend's model: a name, a path or a hub name.
        base_url: where the server is, for backends that have one.
        api_key_env: the name of the environment variable that holds the key.
        pipeline: ``objects`` proposes plausible objects, ``random`` any; ``vqa`` takes visual questions that were
            answered no.
        propose: ``model`` or ``cooccurrence``; None: ``model``, for ``rules`` the table.
        candidates: how many plausible objects a model picks from, at most; 0 leaves it free.
        objects: a file of the objects that alone may be proposed, each about as often; None: all of the vocabulary.
        likely: whether also objects are proposed that such an image mostly shows, though its captions don't say so.
        min_agreement: annotators, of 10, who must have answered no.
        per_image: captions of its image that a question is folded into, at most; None: all.
        standalone: whether each question becomes a caption of its own instead.
        steps: ``propose``, ``rewrite`` or both.
        contrast: whether a false caption is written too.
        limit: rows to take, after ``offset`` rows were passed over.
        shard: which of these rows are taken; None: all.
        tries: attempts at one caption before it is rejected.
        seed: all random choices follow from it.
        temperature: of the model's draws.
        top_p: of the model's draws.
        concurrency: requests in flight at most.
        rpm: requests a minute at most.
        tpm: tokens a minute at most.
        timeout: seconds for one request.
        max_failures: the share of failed records at which the run stops, once 100 are in.
        fresh: starts over instead of going on.
        use_cache: whether replies are stored and read.
        prompts: a folder of one's own prompts.
        verify: judges of absence that check each proposal before it is written about; without one none is checked.
        exclude: benchmarks whose images are left out.
        engine: where it runs.
    """

    source: Path | None
    out: Path
    source_format: str | None = None
    image_column: str | None = None
    caption_column: str | None = None
    bad_rows: Literal["refuse", "fail"] = "refuse"
    vqa_questions: Path | None = None
    vqa_annotations: Path | None = None
    backend: str = "rules"
    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    pipeline: Literal["objects", "random", "vqa"] = "objects"
    propose: Literal["model", "cooccurrence"] | None = None
    candidates: int = 24
    objects: Path | None = None
    likely: bool = False
    min_agreement: int = 7
    per_image: int | None = None
    standalone: bool = False
    steps: tuple[str, ...] = STEPS
    contrast: bool = False
    limit: int | None = None
    offset: int = 0
    shard: Shard | None = None
    tries: int = 3
    seed: int = 0
    temperature: float = 0.6
    top_p: float = 0.9
    concurrency: int = 8
    rpm: int | None = None
    tpm: int | None = None
    timeout: float = 120.0
    max_failures: float = 0.01
    fresh: bool = False
    use_cache: bool = True
    prompts: Path | None = None
    verify: VerifySettings = field(default_factory=VerifySettings)
    exclude: tuple[Path, ...] = ()
    engine: EngineSettings = field(default_factory=EngineSettings)

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        for kind, value, known in (
            ("pipeline", self.pipeline, PIPELINES),
            ("way to propose", self.propose or "model", PROPOSERS),
            ("treatment of bad rows", self.bad_rows, BAD_ROWS),
            *(("step", step, STEPS) for step in self.steps),
        ):
            if value not in known:
                raise unknown_name(kind, value, known)
        if not self.steps:
            raise NegdataError("--steps names no step.", "Give propose, rewrite or propose,rewrite.")
        if not is_folder_name(self.out):
            check_output_name(self.out)
        if self.out.suffix == ".json" and "rewrite" not in self.steps:
            raise NegdataError(
                "The COCO layout holds rewritten captions, and --steps leaves rewriting out.", "Write to a .jsonl file."
            )
        self._check_ranges()
        self._check_questions()
        for read in (self.source, self.vqa_questions, self.vqa_annotations, self.objects, *self.exclude):
            if read is not None and writes_over(self.out, self.parts_folder, read):
                raise NegdataError(f"The output {self.out} is the source itself.", "Give another output.")

    def _check_questions(self) -> None:
        if self.pipeline == "vqa":
            for name, file in (("questions", self.vqa_questions), ("annotations", self.vqa_annotations)):
                if file is None:
                    raise NegdataError(
                        f"--pipeline vqa needs --vqa-{name}.", "Give VQAv2's files of questions and annotations."
                    )
            if "rewrite" not in self.steps:
                raise NegdataError(
                    "--pipeline vqa only writes captions, and --steps leaves rewriting out.", "Leave --steps out."
                )
        elif self.vqa_questions or self.vqa_annotations or self.standalone or self.per_image:
            raise NegdataError(
                f"Options about visual questions are given, and --pipeline is {self.pipeline}.", "Add --pipeline vqa."
            )
        if self.objects is not None and self.proposer is None:
            raise NegdataError("--objects is given, and no object is proposed.", "Leave it out.")
        if self.likely and (self.proposer is None or self.pipeline != "objects"):
            raise NegdataError("--likely is given, and no plausible object is proposed.", "Leave it out.")
        if self.source is None and not self.standalone:
            raise NegdataError("The argument SOURCE is missing.", "Give the captions to negate.")

    def _check_ranges(self) -> None:
        positive: Mapping[str, float | None] = {
            "limit": self.limit,
            "per-image": self.per_image,
            "tries": self.tries,
            "concurrency": self.concurrency,
            "rpm": self.rpm,
            "tpm": self.tpm,
            "timeout": self.timeout,
        }
        for name, value in positive.items():
            if value is not None and not value > 0:
                raise NegdataError(f"--{name} is {value}.", "Give a number above 0.")
        for name, value, low, high in (
            ("temperature", self.temperature, 0.0, 2.0),
            ("top-p", self.top_p, 0.0, 1.0),
            ("max-failures", self.max_failures, 0.0, 1.0),
            ("offset", self.offset, 0, float("inf")),
            ("candidates", self.candidates, 0, 200),
            ("min-agreement", self.min_agreement, 1, 10),
        ):
            if not low <= value <= high:
                raise NegdataError(f"--{name} is {value}.", f"Give a number from {low:g} to {high:g}.")

    @property
    def slice(self) -> Slice:
        """The rows that the run takes."""
        return Slice(self.offset, self.limit, self.shard)

    @property
    def proposer(self) -> Literal["model", "cooccurrence"] | None:
        """Who proposes the object; None where that step is left out."""
        if "propose" not in self.steps or self.pipeline == "vqa":
            return None
        if self.pipeline == "random":
            return "cooccurrence"
        return self.propose or ("cooccurrence" if self.backend == "rules" else "model")

    @property
    def command_line(self) -> str:
        """The ``negdata caption`` command that says the same, options at their defaults left out."""
        named = {"source": "", "out": "", "fresh": "", "verify": "", "use_cache": "--no-cache", "engine": ""}
        verifying = {
            "verifiers": "--verify",
            "model": "--verify-model",
            "base_url": "--verify-base-url",
            "api_key_env": "--verify-api-key-env",
            "prompts": "",
        }
        arguments = [*([self.source] if self.source else []), "-o", self.out]
        return command_line("caption", arguments, (self, named), (self.verify, verifying), (self.engine, {}))

    @property
    def records_path(self) -> Path:
        """Where the caption records go: the output, or the JSONL beside it."""
        return records_at(self.out)

    @property
    def parts_folder(self) -> Path | None:
        """Where parts are written; None where the run writes one file, record by record."""
        return parts_of(self.out, in_blocks=self.engine.in_blocks)
