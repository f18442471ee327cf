"""The filter stage: one record in, one outcome out. It knows nothing of files, other records or where it runs."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.asking import Ask
from negdata.caption.item import UnusableItem
from negdata.caption.outcomes import rejected
from negdata.exclusion import NOTHING, Exclusion
from negdata.filter.denied import with_denied
from negdata.filter.item import FilterItem
from negdata.filter.marks import MARKED_WRONG, PERSON, Marks
from negdata.filter.text import check_text
from negdata.records import CaptionRecord, Failed, Kept, Mark, Outcome, Verdict
from negdata.verify import Verifier, judge_in_turn, question_of

NO_MARKS = Marks()


async def filter_stage(
    item: FilterItem | UnusableItem,
    ask: Ask,
    *,
    verifiers: Sequence[Verifier],
    without: frozenset[str],
    exclusion: Exclusion = NOTHING,
    marks: Marks = NO_MARKS,
) -> Outcome:
    """Checks the text, then the image: kept with its verdict, or rejected with the reason.

    Args:
        item: the record, with what else is written about its image.
        ask: the runner's.
        verifiers: asked in turn; none: the text alone is checked.
        without: reason codes of text checks that are left out.
        exclusion: the benchmarks whose images are left out.
        marks: what people said, which overrules both checks; an excluded image stays out.

    Raises:
        RecordFailure: an image that can't be read, a model that gives no answer.
    """
    if isinstance(item, UnusableItem):
        return Failed(item.record, item.record.error)
    record = with_denied(item.record)
    finding = exclusion.finding(record)
    if finding is None:
        mark = marks.of(record)
        if mark is not None:
            return _as_marked(record, mark)
        finding = check_text(_told(record), item.text, without)
    if finding is not None:
        return rejected(record, finding.reason, finding.detail)
    if not verifiers:
        return Kept(record)
    question = question_of(record)
    if question is None:
        return rejected(record, "no-object", "it can't be told which object the caption denies")
    verdict, detail = await judge_in_turn(question, verifiers, ask)
    judged = record.model_copy(update={"verdict": verdict})
    if verdict.present is None:
        return rejected(judged, "unsure", f"{verdict.verifier}: {detail}")
    if verdict.present:
        return rejected(judged, "present", f"{verdict.verifier} finds {question.text or question.object!r}")
    return Kept(judged)


def _as_marked(record: CaptionRecord, mark: Mark) -> Outcome:
    """A record as a person saw it; one that is right is given their verdict, in place of any that it had."""
    if mark.mark == "wrong":
        return rejected(record, MARKED_WRONG, mark.note)
    return Kept(record.model_copy(update={"verdict": Verdict(present=False, verifier=PERSON)}))


def _told(record: CaptionRecord) -> CaptionRecord:
    """The record as the text checks see it: a negation that stands alone has no caption that it was added to."""
    if record.pipeline == "vqa" and record.caption == record.negated_caption:
        return record.model_copy(update={"caption": ""})
    return record
