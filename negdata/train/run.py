"""``negdata finetune`` as one call: from captions to a model, and what it gained and cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import JsonValue

from negdata.clip import load_dual_encoder
from negdata.clip.as_transformers import as_transformers
from negdata.clip.encoder import TorchEncoder, weights_digest
from negdata.clip.transformers_model import TransformersEncoder
from negdata.devices import best_device, best_dtype
from negdata.errors import Interrupted, NegdataError
from negdata.exclusion import ImageKeys, open_exclusion, write_trained_on
from negdata.interrupts import orderly_signals, sigterm_as_ctrl_c
from negdata.manifest import Counts
from negdata.progress import Progress
from negdata.sources import open_source
from negdata.train.anchor import anchored
from negdata.train.card import CardData, CardFacts, write_card
from negdata.train.checkpoint import FOLDER as CHECKPOINTS
from negdata.train.checkpoint import TrainingState, load_state, load_tensors
from negdata.train.choose import Chosen, choose
from negdata.train.curve_svg import write_curve_svg
from negdata.train.curves import CurveLine, StepLine, track
from negdata.train.gains import check_benches, measure_gains
from negdata.train.gradients import chunk_size
from negdata.train.held_out import held_out_retrieval
from negdata.train.loop import Course, Stopped, train
from negdata.train.model_folder import write_model_folder
from negdata.train.optimizer import adamw, restore, start_moments, tensors_of
from negdata.train.overrides import with_overrides
from negdata.train.prepare import Prepared, prepare_data
from negdata.train.processes import Processes, joined
from negdata.train.recipe import Recipe
from negdata.train.recipes import load_recipe
from negdata.train.report import FinetuneReport
from negdata.train.run_folder import TRACKED, RunFolder, open_run
from negdata.train.settings import FinetuneSettings
from negdata.train.trainable import plain_weights, prepare
from negdata.whole_files import write_whole

OnProgress = Callable[[str, Progress], None]
OnNotice = Callable[[str], None]
SCORES = "scores.json"
_GOES_ON = "The same command goes on from there."


def finetune(
    settings: FinetuneSettings, *, on_progress: OnProgress | None = None, on_notice: OnNotice | None = None
) -> FinetuneReport | None:
    """Trains a CLIP's text tower on negation-aware captions, or goes on where an earlier run stopped.

    Args:
        settings: what ``negdata finetune`` is told.
        on_progress: called with the phase (``encode``, ``finetune``, ``eval``) and how far it is.
        on_notice: takes sentences that can't wait.

    Returns:
        What came of it; None in a process of several that isn't the first.

    Raises:
        NegdataError: wrong input or settings, an output of another run, a loss that is no number.
        Interrupted: Ctrl-C or SIGTERM; what is done is kept.
    """
    try:
        return _finetune(settings, on_progress, on_notice)
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped; {settings.out} keeps what is done.", _GOES_ON) from None


def _finetune(
    settings: FinetuneSettings, on_progress: OnProgress | None, on_notice: OnNotice | None
) -> FinetuneReport | None:
    recipe = with_overrides(load_recipe(settings.recipe), settings.overrides)
    with ExitStack() as closing:
        processes = closing.enter_context(joined())
        if processes.size == 1:  # of several, those that wait for the others would never see the signal
            closing.enter_context(sigterm_as_ctrl_c())
        if processes.first:
            check_benches(settings)
        encoder = _encoder(settings, processes)
        if not processes.first:
            run = None
            out = Path(closing.enter_context(TemporaryDirectory()))
        else:
            run = closing.enter_context(_opened(settings, recipe, encoder))
            out = run.path

        def told(phase: str) -> Callable[[Progress], None] | None:
            if on_progress is None or run is None:
                return None
            return lambda now: on_progress(phase, now)

        prepared = prepare_data(settings, recipe, encoder, processes, out, told("encode"))
        if run is not None and on_notice is not None:
            for note in prepared.notes:
                on_notice(note)
        trained = processes.any(run is not None and run.manifest.trained)
        if not trained:
            _train(settings, recipe, encoder, prepared, processes, run, out, told("finetune"))
        if run is None:
            processes.wait()
            return None
        report = _measured(settings, recipe, prepared, run, told("eval"), on_notice)
        processes.wait()
    return report


def _encoder(settings: FinetuneSettings, processes: Processes) -> TransformersEncoder:
    device = settings.device
    if device == "auto" and processes.size > 1 and best_device() == "cuda":
        device = f"cuda:{processes.local}"
    loaded = load_dual_encoder(
        settings.model,
        device=device,
        dtype=_number_format(settings, device),
        architecture=settings.architecture,
        quick_gelu=settings.quick_gelu,
    )
    assert isinstance(loaded, TorchEncoder)
    return as_transformers(loaded)


def _number_format(settings: FinetuneSettings, device: str) -> str:
    """Of a GPU without bfloat16 the best is float16, in which gradients vanish: it is never trained in."""
    best = str(best_dtype(best_device() if device == "auto" else device)).removeprefix("torch.")
    return "float32" if settings.dtype == "auto" and best == "float16" else settings.dtype


def _opened(settings: FinetuneSettings, recipe: Recipe, encoder: TorchEncoder) -> AbstractContextManager[RunFolder]:
    values = recipe.model_dump(mode="json")
    identity: dict[str, JsonValue] = {
        "data": str(settings.data),
        "data_digest": open_source(settings.data, image_required=False).digest(),
        "images": str(settings.images),
        "model": settings.model,
        "weights": weights_digest(encoder.model.state_dict()),
        "dtype": encoder.placement.dtype,
        "recipe": values,
        "max_drop": settings.max_drop,
        **open_exclusion(settings.exclude).identity(),
    }
    return open_run(settings.out, identity, values, command=settings.command_line, fresh=settings.fresh)


def _train(
    settings: FinetuneSettings,
    recipe: Recipe,
    encoder: TransformersEncoder,
    prepared: Prepared,
    processes: Processes,
    run: RunFolder | None,
    out: Path,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    """Trains to the end and, in the first process, writes the model."""
    start = plain_weights(encoder.model)
    at_once = chunk_size(encoder.placement.device, settings.texts_at_once)
    anchor = anchored(encoder, prepared.corpus, recipe.contrast, processes, at_once)
    moving = prepare(encoder.model, recipe.trained, recipe.seed)
    asked: list[bool] = []
    course = Course(
        encoder=encoder,
        recipe=recipe,
        corpus=prepared.corpus,
        rows=prepared.rows,
        held=prepared.held,
        moving=moving,
        optimizer=adamw(moving, recipe.optimizer),
        processes=processes,
        folder=out / CHECKPOINTS,
        anchor=anchor,
        texts_at_once=settings.texts_at_once,
        compiled=settings.compiled,
        save_every=settings.save_every,
        wants_to_stop=lambda: bool(asked),
    )
    state = _resumed(course)
    with ExitStack() as closing:
        writers = _writers(settings, run, state.step, closing)
        show = _showing(course, state.step, on_progress)

        def write(line: CurveLine) -> None:
            for one in (*writers, show):
                one(line)

        closing.enter_context(orderly_signals(lambda: asked.append(True)))
        try:
            train(course, state, write)
        except Stopped:
            raise Interrupted(
                f"Stopped after {state.step:,} of {course.steps:,} steps; {settings.out} keeps them.", _GOES_ON
            ) from None
    chosen = choose(course, state, start, settings.max_drop)
    if run is None:
        return
    write_model_folder(encoder, settings.out, source=settings.model)
    run.manifest.seconds = round(state.seconds, 3)
    run.manifest.extra |= {"steps": state.step, "chosen": chosen.model_dump(mode="json")}
    pairs = prepared.corpus.pairs
    run.finish_training(write_trained_on(settings.out, ImageKeys.of(pair.image for pair in pairs)))


def _resumed(course: Course) -> TrainingState:
    """The state in which all processes begin: that of the first one's last checkpoint."""
    import torch

    processes, moving = course.processes, course.moving
    state = load_state(course.folder) if processes.first else TrainingState()
    done = torch.tensor([state.step])
    processes.as_in_first([done])
    state.step = int(done)
    if state.step == 0:
        return state
    if state.weights is not None:
        path = course.folder / state.weights
        restore(moving, course.optimizer, load_tensors(path), str(path))
    elif not processes.first:
        start_moments(moving, course.optimizer)
    processes.as_in_first(tensors_of(moving, course.optimizer).values())
    return state


def _writers(
    settings: FinetuneSettings, run: RunFolder | None, done: int, closing: ExitStack
) -> list[Callable[[CurveLine], None]]:
    if run is None:
        return []
    writers = [closing.enter_context(run.curve(done))]
    if settings.track:
        writers.append(closing.enter_context(track(settings.out / TRACKED, done)))
    return writers


def _showing(course: Course, done: int, on_progress: Callable[[Progress], None] | None) -> Callable[[CurveLine], None]:
    """Tells progress in steps, with the loss beside it."""
    began, total = time.monotonic(), course.steps

    def show(line: CurveLine) -> None:
        if on_progress is None:
            return
        told = f"loss {line.loss:.4f}" if isinstance(line, StepLine) else f"validation {line.validation['loss']:.4f}"
        on_progress(
            Progress(
                total=total,
                kept=line.step,
                rejected=0,
                failed=0,
                resumed=done,
                seconds=time.monotonic() - began,
                waiting_reason=told,
            )
        )

    return show


def _measured(
    settings: FinetuneSettings,
    recipe: Recipe,
    prepared: Prepared,
    run: RunFolder,
    on_progress: Callable[[Progress], None] | None,
    on_notice: OnNotice | None,
) -> FinetuneReport:
    """Loads the model as everyone will, measures it beside its start, and writes card and scores."""
    load = partial(load_dual_encoder, device=settings.device, dtype=settings.dtype)
    before = load(settings.model, architecture=settings.architecture, quick_gelu=settings.quick_gelu)
    try:
        after = load(str(settings.out))
    except NegdataError as error:  # we wrote it: somebody has changed it since
        raise NegdataError(error.problem, "Restore it, or train it again with --fresh.") from error
    held_out = held_out_retrieval(prepared.held_captions, prepared.features, before, after, seed=recipe.seed)
    gains = measure_gains(settings, held_out, settings.model, settings.out, on_progress, on_notice)
    extra = run.manifest.extra
    chosen = Chosen.model_validate(extra["chosen"])
    report = FinetuneReport(
        out=str(settings.out),
        model=settings.model,
        recipe=recipe.id,
        taken=prepared.data.taken,
        pairs=len(prepared.corpus.pairs),
        rejected=dict(prepared.data.rejected.most_common()),
        failed=dict(prepared.failed.most_common()),
        trained_rows=len(prepared.rows),
        held_rows=len(prepared.held),
        checks=prepared.checks,
        steps=int(str(extra["steps"])),
        seconds=run.manifest.seconds,
        chosen=chosen,
        kept=_kept(chosen, recipe),
        gains=gains,
        notes=[*prepared.notes, *gains.notes],
    )
    run.manifest.counts = Counts(
        taken=report.taken,
        kept=report.pairs,
        rejected=sum(report.rejected.values()),
        failed=sum(report.failed.values()),
    )
    run.manifest.reasons, run.manifest.errors = report.rejected, report.failed
    write_whole(settings.out / SCORES, report.model_dump_json(indent=2).encode() + b"\n")
    write_curve_svg(settings.out)
    write_card(settings.out, _facts(settings, recipe, prepared, report))
    return report


def _facts(settings: FinetuneSettings, recipe: Recipe, prepared: Prepared, report: FinetuneReport) -> CardFacts:
    pairs = prepared.corpus.pairs
    return CardFacts(
        settings=settings,
        recipe=recipe,
        data=CardData(
            name=settings.data.name,
            digest=prepared.data.digest,
            rows=report.taken,
            rejected=report.rejected | report.failed,
            trained=report.trained_rows,
            held_out=report.held_rows,
            images=report.checks.images,
            trained_on=ImageKeys.of(pair.image for pair in pairs),
            verifiers=prepared.data.verifiers,
            examples=pairs[:3],
        ),
        gains=report.gains,
        kept=report.kept,
    )


def _kept(chosen: Chosen, recipe: Recipe) -> str:
    epoch = "the last epoch" if chosen.epoch is None else f"epoch {chosen.epoch} of {recipe.epochs}"
    return epoch if chosen.alpha == 1 else f"{epoch}, {100 * chosen.alpha:g} % of the way from the start"
