"""What an evaluation is told: every option of ``negdata eval``, typed and checked."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from negdata.benchmark.evaluate.ties import SCORINGS, ScoringName
from negdata.command_line import command_line
from negdata.errors import NegdataError, unknown_name
from negdata.images import check_images

CROPS = ("model", "letterbox")
DTYPES = ("auto", "float32", "float16", "bfloat16")
MOST_WORKERS = 8
"""Threads that prepare images unless told otherwise, on a machine with as many cores."""
_MOST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSettings:
    """The options of an evaluation; the defaults are the command line's.

    Attributes:
        benches: files of benchmarks, or folders with a folder of images a class.
        models: CLIPs; for questions about images (POPE) verifiers, as in ``--verifier``.
        images: what image names are relative to, as ``negdata.images.open_images`` takes it.
        suite: what the benchmarks are; None recognises each.
        classes: a file of class names, for classification.
        templates: a file of sentences about a class, for classification.
        scoring: ``strict``, or ``paper`` as published evaluators do it.
        baseline: the model that the others are compared with; None: each with each.
        crop: ``model`` as the model's own preprocessing does, or ``letterbox`` to keep all of a crop.
        architecture: of weights that don't say it themselves.
        quick_gelu: the activation of such weights; None: what they say, or the architecture's.
        device: ``auto``, or torch's name of one.
        dtype: ``auto``, or a number format.
        batch_size: crops, or questions, that a model takes at once; None: as many as suit where it runs.
        workers: threads that read and prepare images; None: one a core, ``MOST_WORKERS`` at most.
        seed: of the order in which candidates are shown, and of bootstrap resamples.
        predictions: where a line for each item and model is written.
        csv: where all figures are written as CSV.
        base_url: where the server of verifiers is.
        api_key_env: the name of the environment variable that holds its key.
    """

    benches: tuple[Path, ...]
    models: tuple[str, ...]
    images: Path | None = None
    suite: str | None = None
    classes: Path | None = None
    templates: Path | None = None
    scoring: ScoringName = "strict"
    baseline: str | None = None
    crop: Literal["model", "letterbox"] = "model"
    architecture: str | None = None
    quick_gelu: bool | None = None
    device: str = "auto"
    dtype: str = "auto"
    batch_size: int | None = None
    workers: int | None = None
    seed: int = 0
    predictions: Path | None = None
    csv: Path | None = None
    base_url: str | None = None
    api_key_env: str | None = None

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if not self.models:
            raise NegdataError("No model is named.", "Name one with --model; several are compared.")
        if not self.benches:
            raise NegdataError("No benchmark is named.", "Give the file of one.")
        _refuse_twice("model", self.models)
        _refuse_twice("benchmark", [str(bench.resolve()) for bench in self.benches])
        for kind, value, known in (
            ("scoring", self.scoring, SCORINGS),
            ("crop", self.crop, CROPS),
            ("dtype", self.dtype, DTYPES),
        ):
            if value not in known:
                raise unknown_name(kind, value, known)
        if self.baseline is not None and self.baseline not in self.models:
            raise unknown_name("model to be the baseline", self.baseline, self.models)
        for option, number, low, high in (
            ("batch-size", 1 if self.batch_size is None else self.batch_size, 1, 65_536),
            ("workers", self.threads, 1, 1_024),
            ("seed", self.seed, 0, _MOST_SEED),
        ):
            if not low <= number <= high:
                raise NegdataError(f"--{option} is {number}.", f"Give a number from {low:,} to {high:,}.")
        check_images(self.images)
        self._check_outputs()

    @property
    def threads(self) -> int:
        """How many prepare images."""
        return min(MOST_WORKERS, os.cpu_count() or 1) if self.workers is None else self.workers

    @property
    def command_line(self) -> str:
        """The ``negdata eval`` command that says the same, options at their defaults left out."""
        models = [word for model in self.models for word in ("--model", model)]
        gelu = {None: [], True: ["--quick-gelu"], False: ["--no-quick-gelu"]}[self.quick_gelu]
        named = {"benches": "", "models": "", "quick_gelu": ""}
        return command_line("eval", [*self.benches, *models, *gelu], (self, named))

    def _check_outputs(self) -> None:
        taken = {one.resolve() for one in (*self.benches, self.classes, self.templates) if one is not None}
        for option, path in (("predictions", self.predictions), ("csv", self.csv)):
            if path is None:
                continue
            if path.is_dir():
                raise NegdataError(f"--{option} is {path}, which is a folder.", "Give the path of a file.")
            if path.resolve() in taken:
                raise NegdataError(f"--{option} is {path}, which is read or written as well.", "Give another path.")
            taken.add(path.resolve())


def _refuse_twice(kind: str, names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise NegdataError(f"The {kind} {name} is named {count} times.", "Name each once.")
