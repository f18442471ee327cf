"""The ``vqa`` stage: a question that was answered no is checked again, and its answer folded into a caption."""

from __future__ import annotations

from negdata.backends.base import Declined
from negdata.caption.contrast import false_caption
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.outcomes import rejected
from negdata.caption.rewrite import Written, parse_written
from negdata.caption.steps import Steps
from negdata.grammar import CannotWrite, negate_question
from negdata.negation import check_question_caption, check_speaks_of_image
from negdata.records import CaptionRecord, Failed, Kept, MadeBy, Outcome
from negdata.runner import Ask
from negdata.verify import judge_in_turn, question_of


async def question_stage(item: CaptionItem | UnusableItem, ask: Ask, steps: Steps) -> Outcome:
    """Verifies and writes: kept with a negated caption, or rejected with what went wrong last.

    Raises:
        RecordFailure: an image that can't be read, a model that gives no answer.
    """
    if isinstance(item, UnusableItem):
        return Failed(item.record, item.record.error)
    record = item.record
    finding = steps.exclusion.finding(record)
    if finding is None and not steps.standalone:
        finding = check_speaks_of_image(record.caption)
    if finding is not None:
        return rejected(record, finding.reason, finding.detail)
    try:
        clause = negate_question(record.question or "")
    except CannotWrite as reason:
        if not steps.names_prompt:
            return rejected(record, reason.code, str(reason))
    else:
        record = record.model_copy(update={"kind": clause.kind, "negated": clause.negated})
    proposals = 0
    if steps.verifiers:
        question = question_of(record)
        assert question is not None
        proposals = 1
        verdict, detail = await judge_in_turn(question, steps.verifiers, ask)
        record = record.model_copy(update={"verdict": verdict})
        if verdict.present is not False:
            who = verdict.verifier
            said = f"{who} answers yes" if verdict.present else f"{who} can't tell: {detail}"
            return rejected(record, "present" if verdict.present else "unsure", said)
    return await _write(item, record, ask, steps, proposals)


async def _write(item: CaptionItem, record: CaptionRecord, ask: Ask, steps: Steps, proposals: int) -> Outcome:
    caption = "" if steps.standalone else record.caption.strip()
    question = record.question or ""
    reason, detail, written = "no-caption", "nothing was written", None
    for attempt in range(steps.tries):
        request = steps.question.request(
            {"caption": caption, "question": question},
            temperature=steps.temperature,
            top_p=steps.top_p,
            seed=steps.seed + attempt,
        )
        try:
            written = await ask(request, parse_written)
        except Declined as declined:
            return rejected(record, declined.code, str(declined))
        finding = check_question_caption(caption, written.text, question)
        if finding is None:
            made_by = steps.made_by(steps.question, written.construction, attempt + 1, proposals)
            return Kept(await _finished(item, record, written, made_by, ask, steps))
        reason, detail = finding.reason, finding.detail
    return rejected(record, reason, detail, written.text if written is not None else None)


async def _finished(
    item: CaptionItem, record: CaptionRecord, written: Written, made_by: MadeBy, ask: Ask, steps: Steps
) -> CaptionRecord:
    changed: dict[str, object] = {"negated_caption": written.text, "made_by": made_by}
    if steps.standalone:
        changed["caption"] = written.text  # the clause is all that is known of the image
    elif steps.contrast:
        changed["false_caption"] = await false_caption(item, ask, steps)
    return record.model_copy(update=changed)
