"""A question that was answered no: asked again of the image, and its answer folded into a caption."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from negdata.backends.base import BackendOptions, Declined, Refused
from negdata.backends.rules import RulesBackend
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.question_stage import question_stage
from negdata.caption.steps import Steps
from negdata.negation import check_question_caption
from negdata.records import CaptionRecord, FailedCaption, Verdict
from negdata.verify import Question
from tests.caption.standins import Judge, StandIn, failed, kept, outcome_line, rejected, steps

CAPTION = "A man rides a brown horse on the beach."
HAT = "Is the man wearing a red hat?"
DOG = "Is there a dog on the sand?"
NO_HAT = "A man who isn't wearing a red hat rides a brown horse on the beach."
line_of = partial(outcome_line, stage=question_stage)


def about(question: str, caption: str = CAPTION) -> CaptionItem:
    record = CaptionRecord(id="a+vqa:1", image="a.jpg", image_id=1, caption=caption, pipeline="vqa", question=question)
    return CaptionItem(record)


def by_rules(**fields: Any) -> Steps:
    return replace(steps(**fields), backend="rules", model="rules-1", names_prompt=False, pipeline="vqa")


def rules() -> RulesBackend:
    return RulesBackend(BackendOptions())


@pytest.mark.parametrize(
    ("question", "kind", "negated"),
    [
        (HAT, "action", "wearing a red hat"),
        (DOG, "object", "dog"),
        ("Is the horse white?", "attribute", "white"),
        ("Is it raining?", "action", "raining"),
    ],
)
def test_grammar_says_what_is_denied(tmp_path: Path, question: str, kind: str, negated: str) -> None:
    record = kept(line_of(tmp_path, about(question), rules(), by_rules(seed=5)))
    assert (record.id, record.question, record.kind, record.negated) == ("a+vqa:1", question, kind, negated)
    assert (record.caption, record.pipeline, record.verdict) == (CAPTION, "vqa", None)
    assert record.negated_caption is not None
    assert check_question_caption(CAPTION, record.negated_caption, question) is None
    assert record.made_by is not None
    made_by = record.made_by.model_dump(exclude_none=True)
    assert made_by.pop("construction")
    assert made_by == {"backend": "rules", "model": "rules-1", "seed": 5, "attempts": 1}


@pytest.mark.parametrize("question", ["Why is the man there?", "What colour?", "", "no question at all"])
def test_what_grammar_cannot_negate_is_rejected_unasked(tmp_path: Path, question: str) -> None:
    judge = Judge()
    record = rejected(line_of(tmp_path, about(question), rules(), by_rules(verifiers=(judge,))))
    assert record.detail
    assert record.negated_caption is None
    assert not judge.asked


def test_a_model_may_answer_what_grammar_cannot_negate(tmp_path: Path) -> None:
    model = StandIn(question=["A man rides a brown horse on the beach, and it isn't raining."])
    odd = "raining, is it?"
    judge = Judge()
    line_of(tmp_path, about(odd), model, steps(verifiers=(judge,), tries=1))
    assert judge.asked == [Question("a.jpg", 1, "", odd)]
    assert model.tasks() == ["question"]


def test_a_models_answer_is_checked_and_asked_again(tmp_path: Path) -> None:
    model = StandIn(question=[CAPTION, "No.", NO_HAT])
    record = kept(line_of(tmp_path, about(HAT), model, steps(seed=3)))
    assert (record.negated_caption, record.kind, record.negated) == (NO_HAT, "action", "wearing a red hat")
    assert [(one.task, one.seed) for one in model.asked] == [("question", 3), ("question", 4), ("question", 5)]
    assert model.asked[0].inputs == {"caption": CAPTION, "question": HAT}
    assert record.made_by is not None
    assert record.made_by.attempts == 3
    assert record.made_by.prompt is not None
    assert record.made_by.prompt.startswith("question@")
    assert record.made_by.proposals is None


def test_tries_used_up_reject_with_the_last_text(tmp_path: Path) -> None:
    model = StandIn(question=["No.", CAPTION])
    record = rejected(line_of(tmp_path, about(HAT), model, steps(tries=2)))
    assert (record.reason, record.negated_caption) == ("unchanged", CAPTION)
    assert len(model.asked) == 2


def test_declined_is_rejected_and_refused_fails(tmp_path: Path) -> None:
    model = StandIn(question=[Declined("no-place", "there is no place for it")])
    record = rejected(line_of(tmp_path / "a", about(HAT), model, steps()))
    assert (record.reason, record.detail, len(model.asked)) == ("no-place", "there is no place for it", 1)
    model = StandIn(question=[Refused("content policy")])
    assert failed(line_of(tmp_path / "b", about(HAT), model, steps())).error == "refused"


@pytest.mark.parametrize(("question", "name"), [(HAT, ""), (DOG, "dog")])
def test_the_question_itself_is_asked_of_the_image(tmp_path: Path, question: str, name: str) -> None:
    judge = Judge()
    record = kept(line_of(tmp_path, about(question), rules(), by_rules(verifiers=(judge,))))
    assert judge.asked == [Question("a.jpg", 1, name, question)]
    assert record.verdict == Verdict(p_present=0.1, present=False, verifier="judge")
    assert record.made_by is not None
    assert record.made_by.proposals == 1


@pytest.mark.parametrize(
    ("judge", "reason", "detail", "present"),
    [
        (Judge(present=frozenset({HAT})), "present", "judge answers yes", True),
        (Judge(unsure=frozenset({HAT})), "unsure", "judge can't tell: it is dark", None),
    ],
)
def test_what_is_not_answered_no_is_not_written_about(
    tmp_path: Path, judge: Judge, reason: str, detail: str, present: bool | None
) -> None:
    model = StandIn()
    record = rejected(line_of(tmp_path, about(HAT), model, steps(verifiers=(judge,))))
    assert (record.reason, record.detail) == (reason, detail)
    assert record.verdict is not None
    assert record.verdict.present is present
    assert (record.kind, record.negated, record.negated_caption) == ("action", "wearing a red hat", None)
    assert not model.asked


def test_alone_the_answer_is_the_caption(tmp_path: Path) -> None:
    alone = replace(by_rules(contrast=True), standalone=True)
    record = kept(line_of(tmp_path / "rules", about(HAT, HAT), rules(), alone))
    assert record.negated_caption == record.caption == "The man is not wearing a red hat."
    assert record.false_caption is None, "nothing is known to be there"
    assert record.question == HAT

    model = StandIn(question=["The man is not wearing a red hat."])
    record = kept(line_of(tmp_path / "model", about(HAT, HAT), model, replace(steps(), standalone=True)))
    assert record.caption == "The man is not wearing a red hat."
    assert model.asked[0].inputs == {"caption": "", "question": HAT}


def test_contrast_negates_what_the_caption_names(tmp_path: Path) -> None:
    record = kept(line_of(tmp_path, about(DOG), rules(), by_rules(contrast=True)))
    assert record.false_caption is not None
    assert record.false_caption != record.negated_caption


def test_a_caption_that_speaks_of_the_task_is_rejected_unasked(tmp_path: Path) -> None:
    judge = Judge()
    item = about(HAT, "There is no image here to provide a caption for.")
    assert rejected(line_of(tmp_path, item, StandIn(), steps(verifiers=(judge,)))).reason == "not-a-caption"
    assert not judge.asked


def test_an_unusable_row_fails_unasked(tmp_path: Path) -> None:
    row = FailedCaption(id="a", caption=None, error="bad-row", message="caption is null")
    assert failed(line_of(tmp_path, UnusableItem(row), StandIn(), steps())) == row
