"""Propose, check against the image, rewrite: only what is absent is written about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from negdata.backends.base import Declined
from negdata.caption.steps import Steps
from negdata.records import Verdict
from negdata.verify import Question
from negdata.verify.instances import Instances, InstancesVerifier
from tests.caption.standins import CAPTION, Judge, StandIn, failed, item, kept, outcome_line, rejected, steps
from tests.verify.standins import Seer, instances_document, model_verifier, picture, sure, written

OFFERED = ("rider", "helmet", "truck", "bicycle")


def good(name: str) -> str:
    return f"A motorcycle with no {name} parked in front of a garage."


def table(judge: Judge, tries: int = 3) -> Steps:
    return steps(proposer="cooccurrence", verifiers=(judge,), tries=tries)


def objects(judge: Judge) -> list[str]:
    return [question.object for question in judge.asked]


def test_what_is_present_is_proposed_again_without_it(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"rider"}), unsure=frozenset({"helmet"}))
    model = StandIn(propose=["rider", "helmet", "truck"], rewrite=[good("truck")])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(verifiers=(judge,))))
    assert model.tasks() == ["propose", "propose", "propose", "rewrite"]
    assert [one.inputs["excluded"] for one in model.asked[:3]] == [[], ["rider"], ["rider", "helmet"]]
    assert [one.inputs["candidates"] for one in model.asked[:3]] == [
        list(OFFERED),
        ["helmet", "truck", "bicycle"],
        ["truck", "bicycle"],
    ]
    assert judge.asked == [Question("a.jpg", 1, name) for name in ("rider", "helmet", "truck")]
    assert (record.negated, record.negated_caption) == ("truck", good("truck"))
    assert record.verdict == Verdict(p_present=0.1, present=False, verifier="judge")
    assert record.made_by is not None
    assert (record.made_by.proposals, record.made_by.attempts) == (3, 1)


def test_the_tables_next_object_is_taken(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"rider"}))
    model = StandIn(rewrite=[good("helmet")])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, table(judge)))
    assert objects(judge) == ["rider", "helmet"]
    assert record.negated == "helmet"
    assert record.made_by is not None
    assert record.made_by.proposals == 2


@pytest.mark.parametrize(
    ("judge", "reason", "verdict"),
    [
        (Judge(present=frozenset(OFFERED)), "present", Verdict(p_present=0.9, present=True, verifier="judge")),
        (Judge(unsure=frozenset(OFFERED)), "unsure", Verdict(p_present=0.5, present=None, verifier="judge")),
        (
            Judge(present=frozenset({"rider", "truck"}), unsure=frozenset({"helmet"})),
            "present",
            Verdict(p_present=0.9, present=True, verifier="judge"),
        ),
    ],
)
def test_up_to_so_many_tries_and_nothing_is_written(
    tmp_path: Path, judge: Judge, reason: str, verdict: Verdict
) -> None:
    for proposer, expected in (("model", ["propose"] * 3), ("table", [])):
        judge.asked.clear()
        model = StandIn(propose=["rider", "helmet", "truck"])
        how = table(judge) if proposer == "table" else steps(verifiers=(judge,))
        record = rejected(outcome_line(tmp_path / proposer, item(candidates=OFFERED), model, how))
        assert model.tasks() == expected
        assert objects(judge) == ["rider", "helmet", "truck"]
        assert (record.reason, record.negated, record.verdict) == (reason, "truck", verdict)
        assert record.negated_caption is None
        assert "'truck'" in str(record.detail)


@pytest.mark.parametrize(("present", "reason"), [(True, "present"), (None, "unsure")])
def test_what_an_earlier_verdict_found_is_not_written_about(tmp_path: Path, present: bool | None, reason: str) -> None:
    own = item(negated="rider")
    verdict = Verdict(p_present=0.6, present=present, verifier="earlier")
    judged = replace(own, record=own.record.model_copy(update={"verdict": verdict}))
    model = StandIn()
    record = rejected(outcome_line(tmp_path, judged, model, steps(proposer=None)))
    assert (record.reason, record.verdict, model.tasks()) == (reason, verdict, [])


def test_where_nothing_is_left_to_propose_the_last_verdict_is_told(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"rider"}))
    record = rejected(outcome_line(tmp_path, item(candidates=("rider",)), StandIn(), table(judge)))
    assert (record.reason, record.negated) == ("no-candidate", "rider")
    assert record.verdict is not None
    assert record.verdict.present is True


def test_a_model_that_proposes_the_same_again_is_not_believed(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"rider"}))
    model = StandIn(propose=["rider"])
    record = rejected(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(verifiers=(judge,))))
    assert record.reason == "not-a-candidate"
    assert objects(judge) == ["rider"]


def test_a_bad_rewrite_of_an_absent_object_is_asked_again_without_a_new_proposal(tmp_path: Path) -> None:
    judge = Judge()
    model = StandIn(propose=["rider"], rewrite=[CAPTION, good("rider")])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(verifiers=(judge,))))
    assert model.tasks() == ["propose", "rewrite", "rewrite"]
    assert objects(judge) == ["rider"]
    assert record.made_by is not None
    assert (record.made_by.proposals, record.made_by.attempts) == (1, 2)


def test_grammar_that_declines_goes_on_to_the_next_absent_object(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"helmet"}))
    model = StandIn(rewrite=[Declined("no-place", "there is no place for it"), good("truck")])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, table(judge)))
    assert [one.inputs["negated"] for one in model.asked] == ["rider", "truck"]
    assert objects(judge) == ["rider", "helmet", "truck"]
    assert record.negated == "truck"
    assert record.made_by is not None
    assert record.made_by.proposals == 3


def test_a_rejected_caption_stands_beside_the_object_that_it_is_about(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"helmet", "truck"}))
    model = StandIn(rewrite=[CAPTION])
    record = rejected(outcome_line(tmp_path / "found", item(candidates=OFFERED), model, table(judge)))
    assert objects(judge) == ["rider", "helmet", "truck"]
    assert (record.reason, record.negated, record.negated_caption) == ("unchanged", "rider", CAPTION)
    assert record.verdict is not None
    assert record.verdict.present is False

    model = StandIn(rewrite=[CAPTION, Declined("no-place", "there is no place for it")])
    record = rejected(outcome_line(tmp_path / "declined", item(candidates=OFFERED), model, table(Judge())))
    assert (record.reason, record.negated, record.negated_caption) == ("no-place", "truck", None)


def test_a_rows_own_object_is_judged_and_not_replaced(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"rider"}))
    model = StandIn(rewrite=[good("helmet")])
    record = rejected(
        outcome_line(tmp_path / "a", item(negated="rider", candidates=OFFERED), model, steps(verifiers=(judge,)))
    )
    assert (record.reason, record.negated, model.asked) == ("present", "rider", [])
    own = kept(outcome_line(tmp_path / "b", item(negated="helmet"), model, steps(verifiers=(judge,))))
    assert objects(judge) == ["rider", "helmet"]
    assert own.verdict == Verdict(p_present=0.1, present=False, verifier="judge")
    assert own.made_by is not None
    assert own.made_by.proposals == 1


def test_an_object_that_was_found_absent_before_is_not_judged_again(tmp_path: Path) -> None:
    before = Verdict(p_present=0.01, present=False, verifier="llava", model="m")
    judge = Judge(present=frozenset({"rider"}))
    model = StandIn(rewrite=[good("rider")])
    record = kept(outcome_line(tmp_path, item(negated="rider", verdict=before), model, steps(verifiers=(judge,))))
    assert not judge.asked
    assert record.verdict == before
    assert record.made_by is not None
    assert record.made_by.proposals is None


@pytest.mark.parametrize("present", [True, None])
def test_an_object_that_was_not_found_absent_is_judged_again(tmp_path: Path, present: bool | None) -> None:
    before = Verdict(p_present=0.9, present=present, verifier="llava", model="m")
    judge = Judge()
    model = StandIn(rewrite=[good("rider")])
    record = kept(outcome_line(tmp_path, item(negated="rider", verdict=before), model, steps(verifiers=(judge,))))
    assert objects(judge) == ["rider"]
    assert record.verdict == Verdict(p_present=0.1, present=False, verifier="judge")


def test_proposing_alone_keeps_the_verdict(tmp_path: Path) -> None:
    judge = Judge(present=frozenset({"rider"}))
    model = StandIn(propose=["rider", "helmet"])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(verifiers=(judge,), write=False)))
    assert (record.negated, record.negated_caption, record.made_by) == ("helmet", None, None)
    assert record.verdict is not None
    assert record.verdict.present is False


def test_without_verifiers_nothing_is_recorded(tmp_path: Path) -> None:
    model = StandIn(propose=["rider"], rewrite=[good("rider")])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps()))
    assert record.verdict is None
    assert record.made_by is not None
    assert record.made_by.proposals is None


def test_ground_truth_lets_through_what_is_not_annotated(tmp_path: Path) -> None:
    document = instances_document({"a.jpg": ["bicycle", "truck"]}, ("bicycle", "truck", "dog"))
    truth = InstancesVerifier(Instances(written(tmp_path / "truth.json", document)))
    model = StandIn(propose=["truck", "rider", "dog"], rewrite=[good("dog")])
    offered = item(candidates=("truck", "rider", "dog"))
    record = kept(outcome_line(tmp_path, offered, model, steps(verifiers=(truth,))))
    assert record.negated == "dog"
    assert record.verdict == Verdict(p_present=0.0, present=False, verifier="instances")


def test_a_model_judges_beside_the_model_that_writes(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    seer = Seer(lambda request: sure(0.9 if "truck" in request.messages[-1].content else 0.1))
    judge = model_verifier(seer, tmp_path)
    model = StandIn(propose=["truck", "rider"], rewrite=[good("rider")])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(verifiers=(judge,))))
    judge.close()
    assert record.verdict is not None
    assert (record.verdict.verifier, record.verdict.model, record.verdict.present) == ("seer", "by-hand", False)
    assert [("truck" in text, "rider" in text) for text in seer.texts] == [(True, False), (False, True)]
    assert {request.task for request in model.asked} == {"propose", "rewrite"}


def test_an_image_that_cannot_be_read_fails_the_row_before_anything_is_written(tmp_path: Path) -> None:
    judge = model_verifier(Seer(lambda _: sure(0.0)), tmp_path)
    model = StandIn(propose=["rider"])
    line = failed(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(verifiers=(judge,))))
    judge.close()
    assert (line.error, line.image) == ("image-missing", "a.jpg")
    assert model.tasks() == ["propose"]
