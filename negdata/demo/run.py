"""``negdata demo`` as one call: from a drawn world to a CLIP that reads "no", by the calls that the commands make."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.benchmark.evaluate import EvalReport, EvalSettings, Figure, evaluate
from negdata.benchmark.evaluate.report import Share
from negdata.caption import CaptionSettings, caption_corpus
from negdata.caption.summary import CaptionSummary
from negdata.demo.flips import flips
from negdata.demo.folder import UNSEEN, WALLS, DemoFolder
from negdata.demo.outcome import DemoReport, DemoRow
from negdata.demo.places import PLACES
from negdata.demo.referring import draw_walls
from negdata.demo.scene import KINDS
from negdata.demo.settings import DemoSettings
from negdata.errors import ExitCode, NegdataError
from negdata.filter import FilterSettings, FilterSummary, filter_captions
from negdata.progress import Progress
from negdata.report import ReportSettings, write_report
from negdata.train import FinetuneSettings, finetune
from negdata.train.gains import GATE as RECALL
from negdata.verify import VerifySettings

TRAINING = (
    "batches.size=32",
    "epochs=9",
    "optimizer.lr=3e-3",
    "optimizer.weight_decay=0.8",
    "split.share=0.05",
    "keep.alphas=[1.0]",
)
"""What the recipes are scaled to: a model and a corpus a hundred times smaller than theirs."""
MAX_DROP = 2.0
PICTURE = 112 * 112
"""Pixels of an image that the small judge looks at."""
OnStep = Callable[["Step"], None]
OnTold = Callable[[Sequence[str]], None]
OnProgress = Callable[[str, Progress], None]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done next.

    Attributes:
        title: in a few words.
        command: what a person would type for their own data; None where there is none.
        beside: a command that runs at the same time.
    """

    title: str
    command: str | None = None
    beside: str | None = None


def run_demo(
    settings: DemoSettings,
    *,
    on_step: OnStep | None = None,
    on_told: OnTold | None = None,
    on_progress: OnProgress | None = None,
) -> DemoReport:
    """Runs the whole way in a folder, or goes on where an earlier run stopped.

    Args:
        settings: what ``negdata demo`` is told.
        on_step: called before each step.
        on_told: takes sentences on what a step came to.
        on_progress: called with what is done and how far it is.

    Raises:
        NegdataError: a folder of something else, a backend that isn't there, a package that is missing.
        Interrupted: Ctrl-C; what is done is kept.
    """
    started = time.monotonic()
    begin, tell = on_step or _nobody, on_told or _nobody
    folder = DemoFolder(settings.out)
    _need_torch()

    begin(Step("A small world, and models that know it"))
    drawn = folder.lay(settings)
    tell(_world_told(settings, folder, drawn))

    captioning = caption_settings(settings, folder)
    begin(Step("Captions that say what is absent", captioning.command_line))
    written = caption_corpus(captioning, on_progress=_as("caption", on_progress))
    tell(_captions_told(written))

    with _one_thread():
        filtering = filter_settings(folder)
        begin(Step("Is it really absent? A judge looks", filtering.command_line))
        kept = filter_captions(filtering, on_progress=_as("filter", on_progress))
        tell(_filter_told(kept))

        building = build_settings(folder)
        begin(Step("A benchmark that only who reads “no” can solve", building.command_line))
        built = build_benchmark(building)
        tell([f"{built.kept:,} phrases, each with two pictures that differ in what it says is absent."])

        ours, papers = (finetune_settings(settings, folder, recipe) for recipe in ("default", "negationclip"))
        begin(Step("Fine-tuning of the text tower", ours.command_line, papers.command_line))
        with _beside(papers.command_line, folder.log):
            trained = finetune(ours, on_progress=on_progress)
        assert trained is not None  # one process
        tell([f"{trained.steps:,} steps in {trained.seconds:.0f} s; kept: {trained.kept}."])

        evaluating = eval_settings(folder)
        begin(Step("What it gained, and what it cost", evaluating.command_line))
        scored = evaluate(evaluating, on_progress=_as("eval", on_progress))

    showing = report_settings(folder)
    begin(Step("A page to look through it all", showing.command_line))
    write_report(showing, on_progress=_as("report", on_progress))

    walls = draw_walls(WALLS, settings.seed)
    return DemoReport(
        out=str(settings.out),
        report=str(folder.report),
        captions=written.kept,
        kept=kept.kept,
        rejected=kept.reasons,
        items=built.kept,
        rows=rows_of(scored, folder),
        flips=flips(folder.predictions, folder.bench, str(folder.clip), str(folder.trained), walls),
        seconds=round(time.monotonic() - started, 1),
    )


def caption_settings(settings: DemoSettings, folder: DemoFolder) -> CaptionSettings:
    """Of the captions: only what this world has is said to be absent."""
    return CaptionSettings(
        source=folder.world / "captions.json",
        out=folder.captions,
        objects=folder.world / "instances.json",
        backend=settings.backend,
        model=settings.model,
        base_url=settings.base_url,
        api_key_env=settings.api_key_env,
        likely=True,
        contrast=True,
        seed=settings.seed,
    )


def filter_settings(folder: DemoFolder) -> FilterSettings:
    """Of the judge."""
    verify = VerifySettings(verifiers=(str(folder.judge),), images=folder.world / "images", max_pixels=PICTURE)
    return FilterSettings(source=folder.captions, out=folder.clean, verify=verify)


def build_settings(folder: DemoFolder) -> BuildSettings:
    """Of the benchmark."""
    return BuildSettings(source=folder.refcocog, out=folder.bench, definition="negrefcocog-strict", rich=True)


def finetune_settings(settings: DemoSettings, folder: DemoFolder, recipe: str) -> FinetuneSettings:
    """Of the training, with one of two recipes."""
    return FinetuneSettings(
        data=folder.clean,
        images=folder.world / "images",
        model=str(folder.clip),
        out=folder.trained if recipe == "default" else folder.paper,
        recipe=recipe,
        overrides=(*TRAINING, *([f"seed={settings.seed}"] if settings.seed else [])),
        max_drop=MAX_DROP,
    )


def eval_settings(folder: DemoFolder) -> EvalSettings:
    """Of the scores."""
    return EvalSettings(
        benches=(folder.bench, folder.retrieval),
        models=(str(folder.clip), str(folder.trained), str(folder.paper)),
        baseline=str(folder.clip),
        images=folder.test_images,
        predictions=folder.predictions,
    )


def report_settings(folder: DemoFolder) -> ReportSettings:
    """Of the page."""
    return ReportSettings(
        paths=(folder.clean, folder.predictions, folder.trained, folder.paper),
        out=folder.report,
        images=(folder.world / "images", folder.test_images),
        title="negdata demo",
    )


def rows_of(report: EvalReport, folder: DemoFolder) -> list[DemoRow]:
    """The models' scores on both benchmarks."""
    negation, retrieval = report.benches
    named = {
        str(folder.clip): "before",
        str(folder.trained): "after",
        str(folder.paper): "paper's recipe",
    }
    changes = {one.b: one for one in retrieval.comparisons if one.metric == RECALL}
    rows = []
    for reading, finding in zip(negation.models, retrieval.models, strict=True):
        found = next(figure for figure in finding.figures if figure.metric == RECALL)
        change = changes.get(reading.model)
        rows.append(
            DemoRow(
                name=named[reading.model],
                model=reading.model,
                negation=_share(reading.figures[0]),
                retrieval=_share(found),
                change=None if change is None else (100 * change.difference, 100 * change.low, 100 * change.high),
            )
        )
    return rows


def _share(figure: Figure) -> Share:
    return Share(value=figure.value, n=figure.n, low=figure.low, high=figure.high)


def _world_told(settings: DemoSettings, folder: DemoFolder, drawn: bool) -> list[str]:
    return [
        f"{settings.scenes:,} scenes of {len(KINDS)} kinds of things at {len(PLACES)} places to train on"
        f"{'' if drawn else ' are there already'}, {WALLS:,} pairs of pictures and {UNSEEN:,} scenes to test on: "
        f"{folder.world}, {folder.test}.",
        "Each test is about two kinds of things that no training scene shows together.",
        f"{folder.clip}: a small CLIP, trained by us on captions of such scenes, none of which says “no”.",
        f"{folder.judge}: a small vision-language model, trained by us to say what such a scene shows.",
    ]


def _captions_told(done: CaptionSummary) -> list[str]:
    examples = [f"{one.caption}\n→ {one.negated_caption}" for one in done.examples[:2]]
    return [*_equation("captions", done.taken, done.kept, done.rejected, done.failed), *examples]


def _filter_told(done: FilterSummary) -> list[str]:
    why = ", ".join(f"{count:,} {reason}" for reason, count in done.reasons.items())
    return [
        *_equation("captions", done.taken, done.kept, done.rejected, done.failed),
        *([f"Why: {why}."] if why else []),
    ]


def _equation(what: str, taken: int, kept: int, rejected: int, failed: int) -> list[str]:
    return [f"{taken:,} {what} = {kept:,} kept + {rejected:,} rejected + {failed:,} failed."]


def _as(phase: str, on_progress: OnProgress | None) -> Callable[[Progress], None] | None:
    return None if on_progress is None else partial(on_progress, phase)


def _nobody(_: object) -> None:
    """Where nobody listens."""


def _need_torch() -> None:
    for package in ("torch", "transformers", "numpy"):
        if find_spec(package) is None:
            raise NegdataError(
                f"The demonstration trains a model, and {package} isn't installed.", 'pip install "negdata[train]"'
            )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Has torch work on one core: so small a model is only slowed down where it is shared out."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _beside(command: str, log: Path) -> Iterator[None]:
    """Has a ``negdata`` command run in a process of its own meanwhile, and waits for its end.

    Raises:
        NegdataError: it failed; what it said is in the log.
    """
    words = [sys.executable, "-m", "negdata.cli", *shlex.split(command)[1:]]
    with (
        log.open("wb") as said,
        subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=os.environ | {"OMP_NUM_THREADS": "1"}
        ) as process,
    ):
        try:
            yield
        except BaseException:
            process.terminate()
            raise
        code = process.wait()
    # Exit code 1: the gate failed, as the paper's recipe may; the model is written all the same.
    if code not in (ExitCode.OK, ExitCode.FAILURES):
        raise NegdataError(f"{command} ended with exit code {code}.", f"See {log}; then run the same command again.")
