"""``negdata caption`` as one call: a corpus in, negated captions out, nothing lost on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from pydantic import JsonValue

from negdata.backends import find_backend, make_backend
from negdata.backends.base import Backend, BackendOptions
from negdata.backends.served import served_model
from negdata.caption.candidates import Choice
from negdata.caption.coco_layout import write_coco_layout
from negdata.caption.estimate import Estimate, estimate
from negdata.caption.evenness import evened
from negdata.caption.object_list import ObjectList, read_objects
from negdata.caption.question_stage import question_stage
from negdata.caption.questions import QuestionSource
from negdata.caption.read import Survey, items
from negdata.caption.settings import CaptionSettings
from negdata.caption.stage import caption_stage
from negdata.caption.steps import Steps
from negdata.caption.summary import CaptionSummary, count_false_captions, mean_proposals
from negdata.errors import NegdataError
from negdata.exclusion import Exclusion, open_exclusion
from negdata.prompts import load_prompt
from negdata.records import CaptionRecord
from negdata.replies import open_replies
from negdata.runner import Limits, Progress, run_stage
from negdata.shards import shard_facts, shard_identity
from negdata.sources import Columns, Source, open_source
from negdata.sources.vqa import read_answered_no
from negdata.store import open_store
from negdata.verify import Verifier, any_knows, driven_by, open_verifiers
from negdata.vocabulary import Cooccurrence, data_digest, vocabulary

OnProgress = Callable[[Progress], None]
OnRows = Callable[[int], None]


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
        verifiers = self.steps.verifiers
        known = vocabulary().entries
        told = frozenset(name for name in known if any_knows(verifiers, name)) if verifiers else frozenset(known)
        if self.objects is not None:
            told &= self.objects.known
        choice = Choice(None if len(told) == len(known) else told, settings.likely)
        if self.objects is None or settings.proposer is None or settings.pipeline == "random":
            return choice
        return evened(choice, self.survey.context, self.cooccurrence, settings.seed)


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
    backend = _backend(settings)
    if not backend.model:
        settings = replace(settings, model=served_model(backend))
        backend = _backend(settings)
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
                _identity(settings, prepared, backend),
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
            proposals_per_caption=mean_proposals(settings.records_path) if verifiers else None,
            false_captions=count_false_captions(settings.records_path) if settings.contrast else None,
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


def _backend(settings: CaptionSettings) -> Backend:
    if settings.api_key_env is not None and not os.environ.get(settings.api_key_env):
        raise NegdataError(
            f"The environment variable {settings.api_key_env} is not set.",
            "Set it to the key, or name another with --api-key-env (the variable's name, never the key).",
        )
    return make_backend(
        settings.backend,
        BackendOptions(
            model=settings.model,
            base_url=settings.base_url,
            api_key_env=settings.api_key_env,
            timeout=settings.timeout,
            concurrency=settings.concurrency,
        ),
    )


@contextmanager
def _prepared(
    settings: CaptionSettings,
    backend: Backend | None,
    verifiers: tuple[Verifier, ...],
    exclusion: Exclusion,
    on_rows: OnRows | None,
) -> Iterator[_Prepared]:
    steps = Steps(
        backend=backend.name if backend else settings.backend,
        model=backend.model if backend else settings.model or "",
        pipeline=settings.pipeline,
        proposer=settings.proposer,
        choices=settings.candidates > 0,
        write="rewrite" in settings.steps,
        contrast=settings.contrast,
        tries=settings.tries,
        seed=settings.seed,
        temperature=settings.temperature,
        top_p=settings.top_p,
        propose=load_prompt("propose", settings.prompts),
        rewrite=load_prompt("rewrite", settings.prompts),
        contrast_prompt=load_prompt("contrast", settings.prompts),
        names_prompt=settings.backend != "rules",
        question=load_prompt("question", settings.prompts),
        standalone=settings.standalone,
        verifiers=verifiers,
        exclusion=exclusion,
    )
    objects = None if settings.objects is None else read_objects(settings.objects)
    source = _source(settings, on_rows)
    survey = Survey(source, settings, exclusion, on_rows)
    with survey.context as context:
        yield _Prepared(source, survey, steps, Cooccurrence.shipped().refined(context.counts), objects)


def _source(settings: CaptionSettings, on_rows: OnRows | None) -> Source:
    captions = None
    if settings.source is not None:
        captions = open_source(
            settings.source,
            source_format=settings.source_format,
            columns=Columns(settings.image_column, settings.caption_column),
        )
    if settings.vqa_questions is None or settings.vqa_annotations is None:
        assert captions is not None  # CaptionSettings refuses the rest
        return captions
    return QuestionSource(
        read_answered_no(settings.vqa_questions, settings.vqa_annotations, min_agreement=settings.min_agreement),
        captions,
        per_image=settings.per_image,
        standalone=settings.standalone,
        bad_rows=settings.bad_rows,
        on_rows=on_rows,
    )


def _identity(settings: CaptionSettings, prepared: _Prepared, backend: Backend) -> dict[str, JsonValue]:
    """The settings that shape records; a run may only go on under the same ones."""
    steps = prepared.steps
    asks = steps.names_prompt
    return {
        "source": str(settings.source) if settings.source is not None else None,
        "source_digest": prepared.source.digest(),
        "source_format": prepared.source.format,
        "offset": settings.offset,
        **shard_identity(settings.shard),
        "backend": backend.name,
        "model": backend.model,
        "base_url": settings.base_url,
        "pipeline": settings.pipeline,
        "propose": steps.proposer,
        "candidates": settings.candidates,
        "steps": ",".join(step for step in ("propose", "rewrite") if step in settings.steps),
        "contrast": settings.contrast,
        "tries": settings.tries,
        "seed": settings.seed,
        "temperature": settings.temperature if asks else None,
        "top_p": settings.top_p if asks else None,
        "prompts": [steps.propose.id, steps.rewrite.id, steps.contrast_prompt.id] if asks else None,
        "vocabulary": data_digest(),
        **({} if prepared.objects is None else {"objects": ",".join(sorted(prepared.objects.known))}),
        **({"likely": True} if settings.likely else {}),
        **(_question_identity(settings, steps) if settings.pipeline == "vqa" else {}),
        **(_verify_identity(settings, steps) if steps.verifiers else {}),
        **steps.exclusion.identity(),
    }


def _question_identity(settings: CaptionSettings, steps: Steps) -> dict[str, JsonValue]:
    return {
        "min_agreement": settings.min_agreement,
        "per_image": settings.per_image,
        "standalone": settings.standalone,
        "question_prompt": steps.question.id if steps.names_prompt else None,
    }


def _verify_identity(settings: CaptionSettings, steps: Steps) -> dict[str, JsonValue]:
    return {
        "images": str(settings.verify.images) if settings.verify.images is not None else None,
        "verify": [verifier.identity() for verifier in steps.verifiers],
    }
