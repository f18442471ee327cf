"""The filter stage: first the words, then the image; every way in which a record ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from negdata.asking import Ask
from negdata.caption.item import UnusableItem
from negdata.filter.item import FilterItem
from negdata.filter.stage import filter_stage
from negdata.filter.text import ImageText
from negdata.records import CaptionRecord, Failed, FailedCaption, Kept, Outcome, Rejected, RejectedCaption, Verdict
from negdata.verify import Verifier
from negdata.verify.instances import Instances, InstancesVerifier
from tests.verify.standins import Seer, instances_document, model_verifier, picture, sure, under_askers, written

CAPTION, NEGATED = "A cat on a couch.", "A cat on a couch with no dog in sight."


def record(**fields: Any) -> CaptionRecord:
    given: dict[str, Any] = {"id": "1", "image": "a.png", "caption": CAPTION, "negated_caption": NEGATED}
    return CaptionRecord(**(given | {"negated": "dog"} | fields))


def truth(folder: Path, *shown: str) -> InstancesVerifier:
    names = ("cat", "couch", "dog", "person")
    return InstancesVerifier(Instances(written(folder / "truth.json", instances_document({"a.png": shown}, names))))


def outcome(
    of: CaptionRecord, *verifiers: Verifier, text: ImageText | None = None, without: frozenset[str] = frozenset()
) -> Outcome:
    async def nobody(*_: object, **__: object) -> object:
        raise AssertionError("no model is asked")

    ask: Ask = nobody  # type: ignore[assignment]
    return asyncio.run(filter_stage(FilterItem(of, text or ImageText()), ask, verifiers=verifiers, without=without))


def kept(of: Outcome) -> CaptionRecord:
    assert isinstance(of, Kept)
    assert type(of.record) is CaptionRecord
    return of.record


def rejected(of: Outcome) -> RejectedCaption:
    assert isinstance(of, Rejected)
    assert isinstance(of.record, RejectedCaption)
    assert of.reason == of.record.reason
    return of.record


def test_what_is_absent_is_kept_with_the_verdict(tmp_path: Path) -> None:
    given = record(pipeline="objects", image_id=1)
    told = kept(outcome(given, truth(tmp_path, "cat")))
    verdict = Verdict(p_present=0.0, present=False, verifier="instances")
    assert told == given.model_copy(update={"verdict": verdict})


def test_what_is_present_is_rejected_with_the_verdict(tmp_path: Path) -> None:
    told = rejected(outcome(record(), truth(tmp_path, "cat", "dog")))
    assert (told.reason, told.detail) == ("present", "instances finds 'dog'")
    assert told.verdict == Verdict(p_present=1.0, present=True, verifier="instances")
    assert told.negated_caption == NEGATED


def test_what_cannot_be_told_is_rejected_with_the_verdict(tmp_path: Path) -> None:
    told = rejected(outcome(record(negated="okapi"), truth(tmp_path)))
    assert told.reason == "unsure"
    assert told.verdict == Verdict(p_present=None, present=None, verifier="instances")
    assert told.detail == "instances: the file doesn't annotate such objects exhaustively"
    assert b'"verdict":{"p_present":null,"present":null,"verifier":"instances"}' in told.to_line()


def test_an_earlier_verdict_gives_way(tmp_path: Path) -> None:
    before = Verdict(p_present=0.9, present=True, verifier="llava", model="m")
    assert kept(outcome(record(verdict=before), truth(tmp_path))).verdict == Verdict(
        p_present=0.0, present=False, verifier="instances"
    )
    assert kept(outcome(record(verdict=before))).verdict == before, "the text alone was checked"


def test_what_a_caption_denies_is_read_from_it(tmp_path: Path) -> None:
    theirs = record(negated=None)
    assert kept(outcome(theirs, truth(tmp_path))).negated == "dog"
    assert rejected(outcome(theirs, truth(tmp_path, "dog"))).negated == "dog"
    assert kept(outcome(theirs)).negated == "dog"


def test_what_denies_no_one_object_is_not_judged(tmp_path: Path) -> None:
    several = record(negated=None, negated_caption="A cat on a couch with no dog and without a person.")
    told = rejected(outcome(several, truth(tmp_path)))
    assert (told.reason, told.verdict) == ("no-object", None)
    assert kept(outcome(several)).negated is None, "without a verifier nothing needs to be told"
    assert rejected(outcome(record(negated=None, negated_caption=None), truth(tmp_path))).reason == "no-object"


def test_the_words_come_first(tmp_path: Path) -> None:
    for fields, reason in (
        ({"negated_caption": CAPTION}, "no-negation"),
        ({"negated_caption": "…"}, "empty"),
        ({"negated": "cat", "negated_caption": "A couch with no cat."}, "contradiction"),
    ):
        told = rejected(outcome(record(**fields), truth(tmp_path, "dog", "cat")))
        assert (told.reason, told.verdict) == (reason, None)


def test_a_check_that_is_left_out_rejects_nothing(tmp_path: Path) -> None:
    given = record(negated_caption=CAPTION)
    assert kept(outcome(given, truth(tmp_path), without=frozenset({"no-negation"}))).verdict is not None


def test_other_captions_of_the_image_count() -> None:
    text = ImageText(captions=("A dog and a cat.",))
    assert rejected(outcome(record(), text=text)).reason == "contradiction"
    text = ImageText(earlier=((NEGATED, "dog"),))
    assert rejected(outcome(record(), text=text)).reason == "duplicate"


def test_an_unusable_row_fails_as_it_is() -> None:
    row = FailedCaption(id="a", caption=None, error="bad-row", message="caption is null")

    async def run() -> Outcome:
        return await filter_stage(UnusableItem(row), None, verifiers=(), without=frozenset())  # type: ignore[arg-type]

    assert asyncio.run(run()) == Failed(row, "bad-row")


QUESTION = "Is there a dog on the couch?"


def test_a_visual_question_is_asked_again_as_it_was(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    seer = Seer(lambda _: sure(0.9))
    model = model_verifier(seer, tmp_path)
    given = record(
        pipeline="vqa", question=QUESTION, kind="object", negated_caption=f"{CAPTION[:-1]} with no dog on it."
    )
    item = FilterItem(given, ImageText())
    told = rejected(under_askers(model, lambda ask: filter_stage(item, ask, verifiers=(model,), without=frozenset())))
    assert seer.texts == [f"{QUESTION} Answer yes or no."]
    assert (told.reason, told.detail) == ("present", f"seer finds {QUESTION!r}")


def test_ground_truth_answers_a_visual_question_where_its_object_is_absent(tmp_path: Path) -> None:
    given = record(pipeline="vqa", question=QUESTION, kind="object")
    assert kept(outcome(given, truth(tmp_path, "cat"))).verdict is not None
    assert rejected(outcome(given, truth(tmp_path, "dog"))).reason == "unsure"
    action = record(pipeline="vqa", question="Is the dog asleep?", kind="action", negated="asleep")
    assert rejected(outcome(action, truth(tmp_path, "cat"))).reason == "unsure"


def test_a_negation_that_stands_alone_was_added_to_nothing(tmp_path: Path) -> None:
    alone = record(
        caption="There is no dog.", negated_caption="There is no dog.", pipeline="vqa", question="Is there a dog?"
    )
    assert kept(outcome(alone)) == alone
    assert rejected(outcome(alone.model_copy(update={"pipeline": "objects", "question": None}))).reason == "no-negation"
