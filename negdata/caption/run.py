"""``negdata caption`` as one call: a corpus in, negated captions out, nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from negdata.backends import find_backend
from negdata.backends.base import Backend
from negdata.caption.candidates import Choice
from negdata.caption.coco_layout import write_coco_layout
from negdata.caption.estimate import Estimate, estimate
from negdata.caption.evenness import SAMPLE, evened
from negdata.caption.object_list import ObjectList, read_objects
from negdata.caption.question_stage import question_stage
from negdata.caption.questions import QuestionSource
from negdata.caption.read import Survey, items
from negdata.caption.settings import CaptionSettings
from negdata.caption.setup import OnRows, allowed, identity_of, is_evened, named_model, source_of, steps_of
from negdata.caption.stage import caption_stage
from negdata.caption.steps import Steps
from negdata.caption.summary import CaptionSummary, count_false_captions, mean_proposals
from negdata.exclusion import Exclusion, open_exclusion
from negdata.records import CaptionRecord, read_lines
from negdata.replies import open_replies
from negdata.runner import Limits, Progress, run_stage
from negdata.shards import shard_facts
from negdata.sources import Source
from negdata.store import open_store
from negdata.verify import Verifier, driven_by, open_verifiers
from negdata.vocabulary import Cooccurrence

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Prepared:
    source: Source
    survey: Survey
    steps: Steps
    cooccurrence: Cooccurrence
    objects: ObjectList | None

    @property
    def notes(self) -> list[str]:
        """What the source has to say, and benchmarks of whose images it has none."""
        asked = self.source.notes if isinstance(self.source, QuestionSource) else []
        listed = [] if self.objects is None else self.objects.notes
        return [*asked, *listed, *self.survey.overlap.notes]

    def choice(self, settings: CaptionSettings) -> Choice:
        """What may be proposed: listed objects, or all, of which some verifier can tell that they are absent."""
        choice = allowed(settings, self.steps.verifiers, self.objects)
        if not is_evened(settings):
            return choice
        return evened(choice, self.survey.context.said(SAMPLE), self.cooccurrence, settings.seed)


def caption_corpus(
    settings: CaptionSettings, *, on_progress: OnProgress | None = None, on_rows: OnRows | None = None
) -> CaptionSummary:
    """Writes negated captions for a corpus, or goes on where an earlier run on the same output stopped.

    Args:
        settings: what ``negdata caption`` is told.
        on_progress: called about ten times a second while captions are written.
        on_rows: called with the number of rows read while the source is surveyed.

    Raises:
        NegdataError: wrong input or settings, an output of another run, a server that isn't there.
        TooManyFailures: more failed than ``max_failures`` allows; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept.
    """
    if settings.parts_folder is not None:
        from negdata.caption.in_parts import caption_in_parts

        return caption_in_parts(settings, settings.parts_folder, on_progress=on_progress, on_rows=on_rows)
    settings, backend = named_model(settings)
    limits = Limits.of(settings)
    exclusion = open_exclusion(settings.exclude)
    verify = replace(settings.verify, prompts=settings.prompts)
    with (
        open_verifiers(verify, limits) as verifiers,
        _prepared(settings, backend, verifiers, exclusion, on_rows) as prepared,
    ):
        asks_models = backend.cacheable or bool(driven_by(verifiers))
        with (
            open_store(
                settings.records_path,
                identity_of(settings, prepared.source, prepared.steps, backend, prepared.objects),
                command=settings.command_line,
                fresh=settings.fresh,
                expected=prepared.survey.taken,
                extra=shard_facts(settings.shard, prepared.survey.whole),
            ) as store,
            open_replies(settings.use_cache and asks_models) as cache,
        ):
            run = run_stage(
                items(prepared.source, prepared.survey, settings, prepared.cooccurrence, prepared.choice(settings)),
                partial(question_stage if settings.pipeline == "vqa" else caption_stage, steps=prepared.steps),
                backend=backend,
                further=driven_by(verifiers),
                store=store,
                limits=limits,
                cache=cache,
                on_progress=on_progress,
                total=prepared.survey.taken,
            )
        if settings.out.suffix == ".json":
            write_coco_layout(settings.records_path, settings.out)
        return CaptionSummary(
            out=str(settings.out),
            taken=run.kept + run.rejected + run.failed,
            kept=run.kept,
            rejected=run.rejected,
            failed=run.failed,
            resumed=run.resumed,
            reasons=dict((run.reasons + run.errors).most_common()),
            requests=run.requests,
            cached=run.cached,
            prompt_tokens=run.prompt_tokens,
            completion_tokens=run.completion_tokens,
            seconds=round(run.seconds, 3),
            backend=backend.name,
            model=backend.model,
            proposals_per_caption=mean_proposals(read_lines(settings.records_path)) if verifiers else None,
            false_captions=count_false_captions(read_lines(settings.records_path)) if settings.contrast else None,
            unused_columns=sorted(prepared.source.unused),
            notes=[*prepared.notes, *run.notes],
            examples=[record for record in run.examples if isinstance(record, CaptionRecord)],
        )


def estimate_caption_run(
    settings: CaptionSettings,
    *,
    price_in: float | None = None,
    price_out: float | None = None,
    on_rows: OnRows | None = None,
) -> Estimate:
    """What ``caption_corpus`` would ask for: requests, tokens, and cost at prices per million tokens.

    It needs neither the backend's package nor its server, model or key.
    """
    find_backend(settings.backend)
    with _prepared(settings, None, (), open_exclusion(settings.exclude), on_rows) as prepared:
        return estimate(
            prepared.source,
            prepared.survey,
            settings,
            prepared.steps,
            prepared.cooccurrence,
            price_in=price_in,
            price_out=price_out,
        )


@contextmanager
def _prepared(
    settings: CaptionSettings,
    backend: Backend | None,
    verifiers: tuple[Verifier, ...],
    exclusion: Exclusion,
    on_rows: OnRows | None,
) -> Iterator[_Prepared]:
    steps = steps_of(settings, backend, verifiers, exclusion)
    objects = None if settings.objects is None else read_objects(settings.objects)
    source = source_of(settings, on_rows)
    survey = Survey(source, settings, exclusion, on_rows)
    with survey.context as context:
        yield _Prepared(source, survey, steps, Cooccurrence.shipped().refined(context.counts), objects)
