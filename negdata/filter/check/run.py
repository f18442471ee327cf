"""``negdata filter --check-against`` as one call: verifiers are asked what is known, and measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from pydantic import JsonValue

from negdata.asking import Ask
from negdata.errors import NegdataError
from negdata.filter.check.figures import (
    CheckFigures,
    calibration,
    confusion,
    trusted_absence,
    trusted_presence,
    wilson,
)
from negdata.filter.check.questions import KnownQuestion, from_instances, from_pope, from_records, is_pope, repeated
from negdata.filter.check.report import write_report
from negdata.filter.check.settings import CheckSettings
from negdata.images import open_images
from negdata.limits import Limits
from negdata.progress import Progress, RunSummary
from negdata.records import CaptionRecord, CheckedAnswer, Kept, Outcome, read_lines
from negdata.replies import open_replies
from negdata.runner import run_stage
from negdata.sources import Columns, Source, open_source
from negdata.sources.base import file_digest
from negdata.sources.first_pass import FirstPass
from negdata.store import open_store
from negdata.verify import Verifier, driven_by, judge_in_turn, open_verifiers
from negdata.verify.instances import Instances


def check_verifiers(
    settings: CheckSettings,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> CheckFigures:
    """Asks the verifiers questions whose answers are known and measures theirs, or goes on where a check stopped.

    Args:
        settings: what ``negdata filter --check-against`` is told.
        on_progress: called about ten times a second while questions are asked.
        on_rows: called with the number of records read, where there are any.

    Raises:
        NegdataError: wrong input or settings, an output of another run, a model or server that isn't there.
        TooManyFailures: more failed than ``max_failures`` allows; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept.
    """
    limits = Limits.of(settings)
    with ExitStack() as closing:
        verifiers = closing.enter_context(open_verifiers(settings.verify, limits))
        questions, notes = _questions(settings, on_rows)
        store = closing.enter_context(
            open_store(
                settings.out,
                _identity(settings, verifiers),
                command=settings.command_line,
                fresh=settings.fresh,
                expected=len(questions),
            )
        )
        cache = closing.enter_context(open_replies(settings.use_cache and bool(driven_by(verifiers))))
        run = run_stage(
            questions,
            partial(answered, verifiers=verifiers),
            backend=None,
            further=driven_by(verifiers),
            store=store,
            limits=limits,
            cache=cache,
            on_progress=on_progress,
        )
    answers = [CheckedAnswer.model_validate(line) for line in read_lines(settings.out)]
    figures = _figures(settings, verifiers, run, answers, [*notes, *run.notes])
    write_report(figures, answers, settings.report_path)
    return figures


async def answered(item: KnownQuestion, ask: Ask, *, verifiers: Sequence[Verifier]) -> Outcome:
    """The stage of a check: the verifiers' answer to a question whose answer is known.

    Raises:
        RecordFailure: there is none to be had.
    """
    verdict, _ = await judge_in_turn(item.question, verifiers, ask)
    question = item.question
    return Kept(
        CheckedAnswer(
            id=item.id,
            image=question.image,
            image_id=question.image_id,
            object=question.object or None,
            question=question.text or None,
            truth=item.truth,
            verdict=verdict,
        )
    )


def _questions(settings: CheckSettings, on_rows: Callable[[int], None] | None) -> tuple[list[KnownQuestion], list[str]]:
    notes: list[str] = []
    if is_pope(settings.against):
        if settings.source is not None:
            raise NegdataError(
                f"{settings.against} brings its own questions, and {settings.source} is given as well.",
                "Leave the records out, or check against an instances file.",
            )
        questions = from_pope(settings.against)
    else:
        instances = Instances(settings.against)
        if settings.source is None:
            questions, lacking = from_instances(
                instances,
                per_image=settings.per_image,
                seed=settings.seed,
                images=None if settings.verify.images is None else open_images(settings.verify.images),
            )
            if lacking:
                notes.append(
                    f"{lacking:,} of the {len(instances.images):,} images of {settings.against} are not in "
                    f"{settings.verify.images}, and nothing was asked about them"
                )
        else:
            questions, untold = from_records(_records(settings, on_rows), instances)
            if untold:
                notes.append(f"{settings.against} doesn't know the answer for {untold:,} records")
    if not questions:
        raise NegdataError(
            f"{settings.against} knows the answer to no question.",
            "Give the instances of these very images, and --images where they are.",
        )
    twice = repeated(questions)
    if twice is not None:
        raise NegdataError(f"The question {twice!r} stands twice in {settings.against}.", "Give each an id of its own.")
    return questions[: settings.limit], notes


def _records(settings: CheckSettings, on_rows: Callable[[int], None] | None) -> list[CaptionRecord]:
    return list(FirstPass(_source(settings), settings.bad_rows, on_rows).good_rows())


def _source(settings: CheckSettings) -> Source:
    assert settings.source is not None
    return open_source(
        settings.source,
        source_format=settings.source_format,
        columns=Columns(settings.image_column, settings.caption_column),
        image_required=False,
    )


def _figures(
    settings: CheckSettings,
    verifiers: Sequence[Verifier],
    run: RunSummary,
    answers: Sequence[CheckedAnswer],
    notes: list[str],
) -> CheckFigures:
    absent, present = confusion(answers, False), confusion(answers, True)
    right = absent.absent + present.present
    wrong = absent.present + present.absent
    judged_absent = absent.absent + present.absent
    pairs = [(answer.verdict.p_present, answer.truth) for answer in answers if answer.verdict.p_present is not None]
    ece, bins = calibration(pairs)
    return CheckFigures(
        out=str(settings.out),
        report=str(settings.report_path),
        verifiers=[f"{one.name} ({one.model})" if one.model else one.name for one in verifiers],
        taken=run.taken,
        answered=len(answers),
        failed=run.failed,
        resumed=run.resumed,
        seconds=round(run.seconds, 3),
        truly_absent=absent,
        truly_present=present,
        accuracy=right / (right + wrong) if right + wrong else None,
        precision_absent=absent.absent / judged_absent if judged_absent else None,
        precision_absent_interval=wilson(absent.absent, judged_absent),
        recall_absent=absent.absent / absent.total if absent.total else None,
        with_probability=len(pairs),
        ece=ece,
        brier=sum((p - truth) ** 2 for p, truth in pairs) / len(pairs) if pairs else None,
        bins=bins,
        absent_at=trusted_absence(pairs),
        present_at=trusted_presence(pairs),
        notes=notes,
    )


def _identity(settings: CheckSettings, verifiers: Sequence[Verifier]) -> dict[str, JsonValue]:
    """The settings that shape answers; a check may only go on under the same ones."""
    return {
        "check_against": file_digest(settings.against),
        "source_digest": _source(settings).digest() if settings.source is not None else None,
        "per_image": settings.per_image,
        "seed": settings.seed,
        "images": str(settings.verify.images) if settings.verify.images is not None else None,
        "verifiers": [verifier.identity() for verifier in verifiers],
    }
