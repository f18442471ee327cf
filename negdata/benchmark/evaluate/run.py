"""``negdata eval`` as one call: models are loaded, benchmarks read, and every figure comes with its interval."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from negdata.benchmark.evaluate.choices import score_choices
from negdata.benchmark.evaluate.classes import score_classes
from negdata.benchmark.evaluate.compare import compare
from negdata.benchmark.evaluate.contamination import seen_in_training
from negdata.benchmark.evaluate.encode import Encoding
from negdata.benchmark.evaluate.judges import JudgeOptions, open_judges, score_judges
from negdata.benchmark.evaluate.plan import plan_for, sights_of
from negdata.benchmark.evaluate.predictions import open_predictions
from negdata.benchmark.evaluate.report import BenchScores, EvalReport, EvaluatedModel, ModelScores
from negdata.benchmark.evaluate.retrieval import score_retrieval
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.evaluate.settings import EvalSettings
from negdata.benchmark.evaluate.table import open_csv
from negdata.benchmark.evaluate.ties import SCORINGS
from negdata.benchmark.suites.base import Bench, ChoiceBench, ClassBench, JudgeBench, RetrievalBench
from negdata.benchmark.suites.registry import read_bench
from negdata.clip import DualEncoder, load_dual_encoder
from negdata.devices import best_device
from negdata.errors import NegdataError
from negdata.images import TAKEN, Places
from negdata.processes import Processes, joined
from negdata.progress import Progress
from negdata.redact import redact
from negdata.sources.base import file_digest

ON_ACCELERATOR = 64
"""Crops that a CLIP takes at once unless told otherwise."""
ON_CPU = 8
"""As many as its caches hold: a ViT-B/32 takes a third longer for each where it is given 32."""
QUESTIONS = 32
"""Questions that a verifier takes at once unless told otherwise."""
OnProgress = Callable[[Progress], None]
OnNotice = Callable[[str], None]


def evaluate(
    settings: EvalSettings, *, on_progress: OnProgress | None = None, on_notice: OnNotice | None = None
) -> EvalReport:
    """Scores models on benchmarks, in this process alone.

    Every benchmark is read and every model loaded before the first image is, so that what is wrong with any of them is
    told at once.

    Args:
        settings: what ``negdata eval`` is told.
        on_progress: called after every batch.
        on_notice: takes sentences that can't wait: a model that was trained on the images that it is scored on.

    Raises:
        NegdataError: wrong settings, a benchmark or model that can't be read, scores that are no numbers, or a
            benchmark of which nothing can be scored.
        Interrupted: Ctrl-C while verifiers are asked.
    """
    report = _evaluated(settings, Processes(), on_progress, on_notice)
    assert report is not None, "this process is the first"
    return report


def evaluate_together(
    settings: EvalSettings, *, on_progress: OnProgress | None = None, on_notice: OnNotice | None = None
) -> EvalReport | None:
    """The same by all processes that torchrun has started, each of which does a share; by this one where it hasn't.

    Every process reads the benchmarks and loads the models. The first one scores, and writes what the settings ask for.

    Returns:
        What one process would find; None in those that aren't the first, where neither callback is called.

    Raises:
        NegdataError: as ``evaluate``; or another process has ended.
        Interrupted: as ``evaluate``.
    """
    with joined() as processes:
        if processes.first:
            return _evaluated(settings, processes, on_progress, on_notice)
        return _evaluated(replace(settings, predictions=None, csv=None), processes, None, None)


def _evaluated(
    settings: EvalSettings, processes: Processes, on_progress: OnProgress | None, on_notice: OnNotice | None
) -> EvalReport | None:
    began = time.monotonic()
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        if on_notice is not None:
            on_notice(text)

    places = Places()
    benches = read_benches(settings, places)
    with open_predictions(settings.predictions) as write, open_csv(settings.csv) as keep:
        seen = _seen_in_training(benches, settings.models, note) if processes.first else {}
        if isinstance(benches[0], JudgeBench):
            models, scored = _judged(settings, benches, places, processes, on_progress)
        else:
            models, scored = _scored(settings, benches, places, processes, on_progress)
        if not processes.first:
            return None
        found = []
        for bench, of_bench in zip(benches, scored, strict=True):
            for one in of_bench:
                write(bench, one)
            found.append(_bench_scores(settings, bench, of_bench, seen))
        if settings.scoring == "paper":
            _tell_undeserved(found, note)
        report = EvalReport(
            command=redact(settings.command_line),
            scoring=settings.scoring,
            seed=settings.seed,
            models=models,
            benches=found,
            predictions=None if settings.predictions is None else str(settings.predictions),
            notes=notes,
            seconds=round(time.monotonic() - began, 3),
        )
        keep(report)
    return report


def read_benches(settings: EvalSettings, places: Places) -> list[Bench]:
    """The benchmarks of an evaluation; raises NegdataError where one can't be read, or not one image of it is there."""
    benches = [
        read_bench(path, suite=settings.suite, classes=settings.classes, templates=settings.templates)
        for path in settings.benches
    ]
    questions = [bench for bench in benches if isinstance(bench, JudgeBench)]
    if questions and len(questions) < len(benches):
        raise NegdataError(
            f"{questions[0].path} asks verifiers, and the other benchmarks compare pictures with texts.",
            "Run negdata eval for each kind, with the models that it takes.",
        )
    for bench in benches:
        _require_images(bench, settings.images, places)
    return benches


def _require_images(bench: Bench, images: Path | None, places: Places) -> None:
    """Raises NegdataError where not one image is found, which is better told before models are loaded."""
    if images is None and not isinstance(bench, ClassBench):
        raise NegdataError(
            f"{bench.path} is about images, and no folder of images is named.",
            f"Give --images what its image names are relative to: {TAKEN}.",
        )
    missing: dict[tuple[Path, str], None] = {}
    for sight in sights_of(bench, images):
        where = folder, name = sight.folder, sight.view.image
        if where in missing:
            continue
        if places.of(folder).find(name) is not None:
            return
        missing[where] = None
    example = "".join(f" ({name} is the first)" for _, name in list(missing)[:1])
    raise NegdataError(
        f"None of the {len(missing):,} images of {bench.path} is in {images or bench.path}{example}.",
        "Check that --images is where this benchmark's images are.",
    )


def _scored(
    settings: EvalSettings,
    benches: Sequence[Bench],
    places: Places,
    processes: Processes,
    on_progress: OnProgress | None,
) -> tuple[list[EvaluatedModel], list[list[Scored]]]:
    models = _load(settings)
    scoring = SCORINGS[settings.scoring]
    plan = plan_for(benches, settings.images, settings.seed if scoring.shuffles else None)
    encoded = Encoding(
        models,
        plan,
        read=lambda folder, name: places.of(folder).read(name),
        batch_size=settings.batch_size or _crops_at_once(settings.device),
        workers=settings.threads,
        processes=processes,
        on_progress=on_progress,
    ).run()
    if not processes.first:
        return [], []

    def score(bench: Bench) -> list[Scored]:
        if isinstance(bench, ClassBench):
            return score_classes(bench, encoded, scoring)
        assert settings.images is not None, "it was asked for"
        if isinstance(bench, ChoiceBench):
            return score_choices(bench, encoded, scoring, plan.asked[bench.path])
        assert isinstance(bench, RetrievalBench), "there is no fourth kind for two towers"
        return score_retrieval(bench, settings.images, encoded, scoring)

    identities = [EvaluatedModel(name=model.name, identity=model.identity()) for model in models]
    return identities, [score(bench) for bench in benches]


def _load(settings: EvalSettings) -> list[DualEncoder]:
    return [
        load_dual_encoder(
            model,
            device=settings.device,
            dtype=settings.dtype,
            crop=settings.crop,
            architecture=settings.architecture,
            quick_gelu=settings.quick_gelu,
        )
        for model in settings.models
    ]


def _crops_at_once(device: str) -> int:
    return ON_CPU if (best_device() if device == "auto" else device) == "cpu" else ON_ACCELERATOR


def _judged(
    settings: EvalSettings,
    benches: Sequence[Bench],
    places: Places,
    processes: Processes,
    on_progress: OnProgress | None,
) -> tuple[list[EvaluatedModel], list[list[Scored]]]:
    assert settings.images is not None, "it was asked for"
    options = JudgeOptions(settings.images, settings.batch_size or QUESTIONS, settings.base_url, settings.api_key_env)
    judges = open_judges(settings.models, options)
    find = places.of(settings.images).find
    scored = [
        score_judges(bench, settings.models, options, find=find, processes=processes, on_progress=on_progress)
        for bench in benches
        if isinstance(bench, JudgeBench)
    ]
    return judges, scored


def _seen_in_training(
    benches: Sequence[Bench], models: Sequence[str], note: OnNotice
) -> dict[tuple[Path, str], int | None]:
    seen = {(bench.path, model): seen_in_training(bench, model) for bench in benches for model in models}
    for (path, model), count in seen.items():
        if count:
            note(f"{model} was trained on {count:,} of the images of {path}: its score there says little")
    return seen


def _bench_scores(
    settings: EvalSettings, bench: Bench, scored: Sequence[Scored], seen: dict[tuple[Path, str], int | None]
) -> BenchScores:
    models: list[ModelScores] = [
        one.scores.model_copy(update={"contaminated": seen[bench.path, one.scores.model]}) for one in scored
    ]
    items, counted = _size(bench)
    return BenchScores(
        suite=bench.suite,
        path=str(bench.path),
        digest=file_digest(bench.path) if bench.path.is_file() else None,
        items=items,
        counted=counted,
        left_out={} if isinstance(bench, JudgeBench) else dict(bench.left_out),
        models=models,
        comparisons=compare(scored, baseline=settings.baseline, seed=settings.seed),
    )


def _size(bench: Bench) -> tuple[int, str]:
    """How many of what it has."""
    if isinstance(bench, RetrievalBench):
        return len(bench.captions), "captions"
    if isinstance(bench, ClassBench):
        return len(bench.images), "images"
    return len(bench.items), "questions" if isinstance(bench, JudgeBench) else "items"


def _tell_undeserved(benches: Sequence[BenchScores], note: OnNotice) -> None:
    """What ``--scoring paper`` counts as right, or may, without the model having found it."""
    for bench in benches:
        for scores in bench.models:
            if scores.not_numbers:
                note(
                    f"{scores.model} gives scores that are no numbers on {scores.not_numbers:,} items of {bench.path}; "
                    "the first candidate with such a score was taken"
                )
            if scores.ties:
                note(f"on {scores.ties:,} items of {bench.path} {scores.model} ties, and the first candidate was taken")
