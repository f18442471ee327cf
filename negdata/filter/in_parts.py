"""``negdata filter`` into a folder of parts: records are cut into blocks, on which any number of workers work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from pydantic import JsonValue

from negdata.caption.coco_layout import write_coco_layout
from negdata.caption.item import UnusableItem
from negdata.engines.blocks import Group
from negdata.engines.dataset import PartsRun, run_in_parts
from negdata.engines.job import Bench
from negdata.engines.plan import Plan
from negdata.engines.planning import Reading, plan_blocks
from negdata.exclusion import Exclusion, Overlap, open_exclusion
from negdata.filter.context import texts_of
from negdata.filter.item import FilterItem
from negdata.filter.marks import MarkCounts, Marks, MarkTally, read_marks
from negdata.filter.read import further_captions
from negdata.filter.settings import FilterSettings
from negdata.filter.setup import identity_of, sources_of
from negdata.filter.stage import filter_stage
from negdata.filter.summary import FilterSummary, count_verdicts
from negdata.limits import Limits
from negdata.parts import Parts
from negdata.progress import Progress
from negdata.records import CaptionRecord
from negdata.replies import open_replies
from negdata.shards import shard_facts
from negdata.sources import Source
from negdata.sources.first_pass import FirstPass
from negdata.storage import Storage
from negdata.verify import driven_by, open_verifiers


@dataclass(frozen=True)
class FilterJob:
    """What a worker needs to filter any block of a run."""

    settings: FilterSettings

    @contextmanager
    def opened(self, plan: Plan, limits: Limits) -> Iterator[Bench]:
        """See ``Job``."""
        del plan
        settings = self.settings
        with open_verifiers(settings.verify, limits) as verifiers:
            further = driven_by(verifiers)
            with open_replies(settings.use_cache and bool(further)) as cache:
                stage = partial(
                    filter_stage,
                    verifiers=verifiers,
                    without=frozenset(settings.without),
                    exclusion=open_exclusion(settings.exclude),
                    marks=read_marks(settings.marks),
                )
                yield Bench(stage=stage, items=_items, unusable=UnusableItem, further=further, cache=cache)


def _items(group: Group) -> Iterator[FilterItem]:
    texts = texts_of([record for record, _ in group.rows], group.further)
    for (record, taken), text in zip(group.rows, texts, strict=True):
        if taken:
            yield FilterItem(record, text)


def filter_in_parts(
    settings: FilterSettings,
    folder: Path,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> FilterSummary:
    """As ``filter_captions``, with the parts in ``folder``; an output that is a file is put together at the end."""
    limits = Limits.of(settings)
    exclusion = open_exclusion(settings.exclude)
    marks = read_marks(settings.marks)
    with open_verifiers(settings.verify, limits) as verifiers:
        source, captions = sources_of(settings, verifiers)
        backends = [driven.backend for driven in driven_by(verifiers).values()]
        identity = identity_of(settings, source, captions, verifiers) | exclusion.identity() | marks.identity()
        run = run_in_parts(
            PartsRun(
                folder=folder,
                identity=identity,
                command=settings.command_line,
                engine=settings.engine,
                limits=limits,
                backends=backends,
                limit=settings.limit,
                plan=partial(_plan, settings, source, captions, exclusion, marks, on_rows),
                job=FilterJob(settings),
                facts=partial(_facts, settings),
                fresh=settings.fresh,
                as_one=None if folder == settings.out else settings.records_path,
            ),
            on_progress,
        )
    if settings.out.suffix == ".json":
        write_coco_layout(settings.records_path, settings.out)
    parts = Parts(folder)
    manifest = parts.manifest()
    counted = manifest.extra.get("marks") if manifest is not None else None
    return FilterSummary(
        out=str(settings.out),
        taken=run.taken,
        kept=run.kept,
        rejected=run.rejected,
        failed=run.failed,
        resumed=run.resumed,
        reasons=dict((run.reasons + run.errors).most_common()),
        verdicts=count_verdicts(chain(parts.records("kept"), parts.records("rejected"))) if verifiers else [],
        marks=None if counted is None else MarkCounts.model_validate(counted),
        requests=run.requests,
        cached=run.cached,
        prompt_tokens=run.prompt_tokens,
        seconds=round(run.seconds, 3),
        unused_columns=sorted(source.unused),
        notes=run.notes,
        examples=[record for record in run.examples if isinstance(record, CaptionRecord)],
    )


def _facts(settings: FilterSettings, plan: Plan) -> Mapping[str, JsonValue]:
    return {**shard_facts(settings.shard, plan.whole), **plan.known}


def _plan(
    settings: FilterSettings,
    source: Source,
    captions: Source | None,
    exclusion: Exclusion,
    marks: Marks,
    on_rows: Callable[[int], None] | None,
    storage: Storage,
    rows_a_block: Callable[[int], int],
) -> Plan:
    overlap, tally = Overlap(exclusion), MarkTally(marks)

    def see(record: CaptionRecord, first: FirstPass) -> None:
        overlap.see(record, taken=first.taking)
        if settings.slice.spans(first.rows):
            tally.see(record, taken=first.taking)

    reading = Reading(
        source=source,
        slice=settings.slice,
        bad_rows=settings.bad_rows,
        see=see,
        see_group=lambda group: None,
        check=lambda: overlap.check(source.path),
        further=further_captions(captions),
        on_rows=on_rows,
    )
    plan = plan_blocks(reading, storage, rows_a_block)
    counts = tally.counts
    known: dict[str, JsonValue] = {} if counts is None else {"marks": counts.model_dump(mode="json")}
    return plan.model_copy(update={"known": known, "notes": [*overlap.notes, *tally.notes]})
