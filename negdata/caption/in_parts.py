"""``negdata caption`` into a folder of parts: the source is cut into blocks, on which any number of workers work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from negdata.caption.candidates import Choice, image_contexts
from negdata.caption.coco_layout import write_coco_layout
from negdata.caption.evenness import SAMPLE, evened
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.knowledge import Knowledge, Survey
from negdata.caption.object_list import ObjectList, read_objects
from negdata.caption.question_stage import question_stage
from negdata.caption.questions import QuestionSource
from negdata.caption.read import item_of
from negdata.caption.settings import CaptionSettings
from negdata.caption.setup import (
    OnRows,
    allowed,
    identity_of,
    is_evened,
    named_model,
    source_of,
    steps_of,
)
from negdata.caption.stage import caption_stage
from negdata.caption.summary import CaptionSummary, count_false_captions, mean_proposals
from negdata.engines.blocks import Group
from negdata.engines.dataset import PartsRun, run_in_parts
from negdata.engines.job import Bench
from negdata.engines.plan import Plan
from negdata.engines.planning import Reading, plan_blocks
from negdata.exclusion import Overlap, open_exclusion
from negdata.limits import Limits
from negdata.parts import Parts
from negdata.progress import Progress
from negdata.records import CaptionRecord
from negdata.replies import open_replies
from negdata.shards import shard_facts
from negdata.sources import Source
from negdata.sources.first_pass import FirstPass
from negdata.storage import Storage
from negdata.verify import Verifier, driven_by, open_verifiers
from negdata.vocabulary import Cooccurrence


@dataclass(frozen=True)
class CaptionJob:
    """What a worker needs to caption any block of a run."""

    settings: CaptionSettings

    @contextmanager
    def opened(self, plan: Plan, limits: Limits) -> Iterator[Bench]:
        """See ``Job``."""
        knowledge = Knowledge.from_json(plan.known)
        settings, backend = named_model(replace(self.settings, concurrency=limits.concurrency))
        verify = replace(settings.verify, prompts=settings.prompts)
        with open_verifiers(verify, limits) as verifiers:
            steps = steps_of(settings, backend, verifiers, open_exclusion(settings.exclude))
            further = driven_by(verifiers)
            with open_replies(settings.use_cache and (backend.cacheable or bool(further))) as cache:
                yield Bench(
                    stage=partial(question_stage if settings.pipeline == "vqa" else caption_stage, steps=steps),
                    items=partial(_items, settings, Cooccurrence.shipped().refined(knowledge.counts), knowledge.choice),
                    unusable=UnusableItem,
                    backend=backend,
                    further=further,
                    cache=cache,
                )


def _items(
    settings: CaptionSettings, cooccurrence: Cooccurrence, choice: Choice, group: Group
) -> Iterator[CaptionItem]:
    contexts = image_contexts([record.caption for record, _ in group.rows])
    for (record, taken), context in zip(group.rows, contexts, strict=True):
        if taken:
            yield item_of(record, context, settings, cooccurrence, choice)


def caption_in_parts(
    settings: CaptionSettings,
    folder: Path,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: OnRows | None = None,
) -> CaptionSummary:
    """As ``caption_corpus``, with the parts in ``folder``; an output that is a file is put together at the end."""
    settings, backend = named_model(settings)
    limits = Limits.of(settings)
    exclusion = open_exclusion(settings.exclude)
    objects = None if settings.objects is None else read_objects(settings.objects)
    with open_verifiers(replace(settings.verify, prompts=settings.prompts), limits) as verifiers:
        steps = steps_of(settings, backend, verifiers, exclusion)
        source = source_of(settings, on_rows)
        backends = [backend, *(driven.backend for driven in driven_by(verifiers).values())]
        identity = identity_of(settings, source, steps, backend, objects)
        run = run_in_parts(
            PartsRun(
                folder=folder,
                identity=identity,
                command=settings.command_line,
                engine=settings.engine,
                limits=limits,
                backends=backends,
                limit=settings.limit,
                plan=partial(_plan, settings, source, Overlap(exclusion), verifiers, objects, on_rows),
                job=CaptionJob(settings),
                facts=lambda plan: shard_facts(settings.shard, plan.whole),
                fresh=settings.fresh,
                as_one=None if folder == settings.out else settings.records_path,
            ),
            on_progress,
        )
    if settings.out.suffix == ".json":
        write_coco_layout(settings.records_path, settings.out)
    records = Parts(folder).records
    return CaptionSummary(
        out=str(settings.out),
        taken=run.taken,
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
        proposals_per_caption=mean_proposals(records("kept")) if verifiers else None,
        false_captions=count_false_captions(records("kept")) if settings.contrast else None,
        unused_columns=sorted(source.unused),
        notes=run.notes,
        examples=[record for record in run.examples if isinstance(record, CaptionRecord)],
    )


def _plan(
    settings: CaptionSettings,
    source: Source,
    overlap: Overlap,
    verifiers: tuple[Verifier, ...],
    objects: ObjectList | None,
    on_rows: OnRows | None,
    storage: Storage,
    rows_a_block: Callable[[int], int],
) -> Plan:
    survey = Survey(SAMPLE if is_evened(settings) else 0)

    def see(record: CaptionRecord, first: FirstPass) -> None:
        overlap.see(record, taken=first.taking)

    reading = Reading(
        source=source,
        slice=settings.slice,
        bad_rows=settings.bad_rows,
        see=see,
        see_group=survey.see,
        check=lambda: overlap.check(source.path),
        on_rows=on_rows,
    )
    plan = plan_blocks(reading, storage, rows_a_block)
    choice = allowed(settings, verifiers, objects)
    if is_evened(settings):
        choice = evened(choice, survey.said, Cooccurrence.shipped().refined(survey.counts), settings.seed)
    known: dict[str, Any] = Knowledge(survey.counts, choice).to_json()
    return plan.model_copy(update={"known": known, "notes": _notes(source, objects, overlap)})


def _notes(source: Source, objects: ObjectList | None, overlap: Overlap) -> list[str]:
    asked = source.notes if isinstance(source, QuestionSource) else []
    return [*asked, *([] if objects is None else objects.notes), *overlap.notes]
