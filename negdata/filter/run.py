"""``negdata filter`` as one call: caption records in, those that are true and well put out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import chain

from negdata.caption.coco_layout import write_coco_layout
from negdata.exclusion import open_exclusion
from negdata.filter.marks import read_marks
from negdata.filter.read import GroupedRecords
from negdata.filter.settings import FilterSettings
from negdata.filter.setup import identity_of, sources_of
from negdata.filter.stage import filter_stage
from negdata.filter.summary import FilterSummary, count_verdicts
from negdata.records import CaptionRecord, read_lines
from negdata.replies import open_replies
from negdata.runner import Limits, Progress, run_stage
from negdata.shards import shard_facts
from negdata.store import OutputPaths, open_store
from negdata.verify import driven_by, open_verifiers


def filter_captions(
    settings: FilterSettings,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> FilterSummary:
    """Keeps the records whose text is sound and whose object is absent, or goes on where an earlier run stopped.

    Args:
        settings: what ``negdata filter`` is told.
        on_progress: called about ten times a second while records are checked.
        on_rows: called with the number of rows read while the source is read.

    Raises:
        NegdataError: wrong input or settings, an output of another run, a model or server that isn't there.
        TooManyFailures: more failed than ``max_failures`` allows; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept.
    """
    if settings.parts_folder is not None:
        from negdata.filter.in_parts import filter_in_parts

        return filter_in_parts(settings, settings.parts_folder, on_progress=on_progress, on_rows=on_rows)
    limits = Limits.of(settings)
    exclusion = open_exclusion(settings.exclude)
    marks = read_marks(settings.marks)
    with ExitStack() as closing:
        verifiers = closing.enter_context(open_verifiers(settings.verify, limits))
        source, captions = sources_of(settings, verifiers)
        records = closing.enter_context(GroupedRecords(source, captions, settings, exclusion, on_rows, marks=marks))
        store = closing.enter_context(
            open_store(
                settings.records_path,
                identity_of(settings, source, captions, verifiers) | exclusion.identity() | marks.identity(),
                command=settings.command_line,
                fresh=settings.fresh,
                expected=records.taken,
                extra=shard_facts(settings.shard, records.whole),
            )
        )
        cache = closing.enter_context(open_replies(settings.use_cache and bool(driven_by(verifiers))))
        run = run_stage(
            records.items(),
            partial(
                filter_stage,
                verifiers=verifiers,
                without=frozenset(settings.without),
                exclusion=exclusion,
                marks=marks,
            ),
            backend=None,
            further=driven_by(verifiers),
            store=store,
            limits=limits,
            cache=cache,
            on_progress=on_progress,
            total=records.taken,
        )
        counts = records.tally.counts
        if counts is not None:
            store.finish({"marks": counts.model_dump(mode="json")})
    paths = OutputPaths.of(settings.records_path)
    if settings.out.suffix == ".json":
        write_coco_layout(settings.records_path, settings.out)
    return FilterSummary(
        out=str(settings.out),
        taken=run.taken,
        kept=run.kept,
        rejected=run.rejected,
        failed=run.failed,
        resumed=run.resumed,
        reasons=dict((run.reasons + run.errors).most_common()),
        verdicts=count_verdicts(chain(read_lines(paths.kept), read_lines(paths.rejected))) if verifiers else [],
        marks=counts,
        requests=run.requests,
        cached=run.cached,
        prompt_tokens=run.prompt_tokens,
        seconds=round(run.seconds, 3),
        unused_columns=sorted(source.unused),
        notes=[*records.overlap.notes, *records.tally.notes, *run.notes],
        examples=[record for record in run.examples if isinstance(record, CaptionRecord)],
    )
