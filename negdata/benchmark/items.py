"""The items of a benchmark of regions, as they are written."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from negdata.benchmark.negatives import Choice
from negdata.benchmark.phrases import NegatedPhrase
from negdata.benchmark.regions import Box
from negdata.records import Record, Verdict

PUBLISHED = ("image", "phrase", "ref_bbox", "bbox_list")
"""The keys of the schema in which NegRefCOCOg was published."""


class RegionItem(BaseModel):
    """An item of NegRefCOCOg: which of the regions does the phrase refer to?

    Attributes:
        image: the file's name.
        ref_bbox: the crop of the right region, [x, y, width, height] in pixels.
        bbox_list: the crops of all regions, in the order in which they are shown.
        id: of the sentence in its dataset.
        position: in which third of the phrase's words the cue stands.
        kind: of what is negated: object, action, attribute, relation, location; None where that wasn't told.
        negated: the words in the cue's scope.
        boxes: the tight boxes, in the order of ``bbox_list``; ``annotation_ids`` are theirs.
        why: for each region what speaks for it: "the phrase refers to it", "referred to as …".
    """

    model_config = ConfigDict(extra="forbid")

    image: str
    phrase: str
    ref_bbox: Box
    bbox_list: list[Box]
    id: str
    image_id: int
    image_size: tuple[int, int]
    ref_id: int
    split: str
    category: str
    cue: str
    position: str
    kind: str | None
    negated: str
    boxes: list[Box]
    annotation_ids: list[int]
    why: list[str]


def item_of(negated: NegatedPhrase, choice: Choice, category: str, right: int) -> RegionItem:
    """The item of a phrase and its regions, with the right one at the place ``right``."""
    order = list(range(1, len(choice.regions)))
    order.insert(right, 0)
    why = ("the phrase refers to it", *choice.why)
    return RegionItem(
        image=negated.image.file_name,
        phrase=negated.phrase.text,
        ref_bbox=choice.crops[0],
        bbox_list=[choice.crops[at] for at in order],
        id=negated.id,
        image_id=negated.image.id,
        image_size=(negated.image.width, negated.image.height),
        ref_id=negated.reference.id,
        split=negated.reference.split,
        category=category,
        cue=negated.negation.cue,
        position=negated.negation.position,
        kind=negated.negation.kind,
        negated=negated.negation.negated,
        boxes=[choice.regions[at].box for at in order],
        annotation_ids=[choice.regions[at].annotation_id for at in order],
        why=[why[at] for at in order],
    )


class RejectedPhrase(BaseModel):
    """A phrase with a cue that gave no item; ``reason`` is a key of ``negatives.REASONS``."""

    model_config = ConfigDict(extra="forbid")

    id: str
    image: str
    phrase: str
    cue: str
    category: str
    reason: str
    detail: str


class FitAnswer(Record):
    """A line of ``OUT.asked.jsonl``: whether a verifier says that a phrase fits a crop.

    Attributes:
        expected: whether it is the crop of the region that the phrase refers to.
        verdict: ``present`` stands for yes.
    """

    image: str | None = None
    image_id: int | str | None = None
    question: str
    expected: bool
    verdict: Verdict
