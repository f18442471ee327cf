"""The caption stage: one caption in, one outcome out. It knows nothing of files, other records or where it runs."""

from __future__ import annotations

from negdata.backends.base import Declined
from negdata.caption.contrast import false_caption
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.objects import NoObject
from negdata.caption.outcomes import rejected
from negdata.caption.rewrite import Written, rewrite
from negdata.caption.steps import Steps
from negdata.caption.targets import Target, Targets
from negdata.negation import check_speaks_of_image
from negdata.records import CaptionRecord, Failed, Kept, Outcome
from negdata.runner import Ask


async def caption_stage(item: CaptionItem | UnusableItem, ask: Ask, steps: Steps) -> Outcome:
    """Proposes, verifies, rewrites and checks: kept with a negated caption, or rejected with what went wrong last."""
    if isinstance(item, UnusableItem):
        return Failed(item.record, item.record.error)
    record = item.record.model_copy(update={"pipeline": item.record.pipeline or steps.pipeline})
    finding = steps.exclusion.finding(record) or check_speaks_of_image(record.caption)
    if finding is not None:
        return rejected(record, finding.reason, finding.detail)
    if record.negated is None and steps.proposer is None:
        return rejected(record, "no-object", "the row names no object, and --steps leaves proposing out")
    targets = Targets(item, ask, steps)
    problem = ("no-candidate", "no object was proposed")
    about: Target | None = None  # the object that ``problem`` and ``written`` are about
    written: Written | None = None
    try:
        target = await targets.next()
        if not steps.write:
            return Kept(_about(record, target))
        for attempt in range(steps.tries):
            about = target
            try:
                written, finding = await rewrite(item, target.negated, ask, steps, attempt)
            except Declined as declined:
                problem, written = (declined.code, str(declined)), None
                if not targets.has_more:
                    break
            else:
                if finding is None:
                    return await _kept(item, _about(record, target), written, ask, steps, attempt + 1, targets)
                problem = (finding.reason, finding.detail)
            if targets.has_more and attempt + 1 < steps.tries:
                target = await targets.next()
    except NoObject as none:
        if written is None:
            about, problem = targets.last, (none.reason, str(none))
    return rejected(_about(record, about), *problem, written.text if written is not None else None)


def _about(record: CaptionRecord, target: Target | None) -> CaptionRecord:
    if target is None:
        return record
    return record.model_copy(update={"negated": target.negated, "verdict": target.verdict})


async def _kept(
    item: CaptionItem,
    record: CaptionRecord,
    written: Written,
    ask: Ask,
    steps: Steps,
    attempts: int,
    targets: Targets,
) -> Outcome:
    made_by = steps.made_by(steps.rewrite, written.construction, attempts, targets.proposals)
    false = await false_caption(item, ask, steps) if steps.contrast else record.false_caption
    return Kept(record.model_copy(update={"negated_caption": written.text, "false_caption": false, "made_by": made_by}))
