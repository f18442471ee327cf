"""The caption stage: propose, rewrite, check; every way in which an item ends."""

from __future__ import annotations

from pathlib import Path

from negdata.backends.base import Declined, Refused
from negdata.caption.item import UnusableItem
from negdata.negation import check_false_caption
from negdata.records import FailedCaption
from tests.caption.standins import CAPTION, StandIn, failed, item, kept, outcome_line, rejected, steps

GOOD = "A motorcycle with no rider parked in front of a garage."
OFFERED = ("rider", "helmet", "truck")


def test_proposed_rewritten_checked_and_kept(tmp_path: Path) -> None:
    model = StandIn(propose=["rider"], rewrite=[GOOD])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(seed=7)))
    assert model.tasks() == ["propose", "rewrite"]
    assert (record.negated, record.negated_caption, record.pipeline) == ("rider", GOOD, "objects")
    assert (record.id, record.image, record.image_id, record.caption_id) == ("a", "a.jpg", 1, 2)
    assert record.made_by is not None
    made_by = record.made_by.model_dump(exclude_none=True)
    prompt = made_by.pop("prompt")
    assert made_by == {"backend": "stand-in", "model": "by-hand", "seed": 7, "attempts": 1}
    assert prompt.startswith("rewrite@")
    assert model.asked[0].inputs["candidates"] == list(OFFERED)
    assert [request.seed for request in model.asked] == [7, 7]


def test_an_object_that_the_caption_names_is_asked_for_again_without_it(tmp_path: Path) -> None:
    model = StandIn(propose=["garage", "a Motorbike.", "the rider"], rewrite=[GOOD])
    record = kept(outcome_line(tmp_path, item(), model, steps(choices=False)))
    assert record.negated == "rider"
    assert [request.inputs["excluded"] for request in model.asked[:3]] == [[], ["garage"], ["garage", "motorbike"]]


def test_objects_that_will_not_do_are_rejected_with_the_reason(tmp_path: Path) -> None:
    for name, proposed, offered, reason in (
        ("named", "motorcycle", (), "object-in-caption"),
        ("sentence", "a person who would be sitting there", (), "not-an-object"),
        ("not-offered", "submarine", OFFERED, "not-a-candidate"),
    ):
        model = StandIn(propose=[proposed])
        line = outcome_line(tmp_path / name, item(candidates=offered), model, steps(choices=bool(offered), tries=2))
        assert rejected(line).reason == reason
        assert model.tasks() == ["propose", "propose"]


def test_nothing_to_offer_asks_nothing(tmp_path: Path) -> None:
    model = StandIn()
    assert rejected(outcome_line(tmp_path, item(), model, steps())).reason == "no-candidate"
    assert model.asked == []


def test_tries_are_counted_and_drawn_anew(tmp_path: Path) -> None:
    model = StandIn(rewrite=[CAPTION, "No rider.", GOOD])
    record = kept(outcome_line(tmp_path, item(negated="rider"), model, steps(seed=3)))
    assert record.made_by is not None
    assert record.made_by.attempts == 3
    assert [request.seed for request in model.asked] == [3, 4, 5]


def test_tries_used_up_reject_with_the_last_text_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    model = StandIn(rewrite=[CAPTION])
    record = rejected(outcome_line(tmp_path, item(negated="rider"), model, steps(tries=2)))
    assert len(model.asked) == 2
    assert record.negated_caption == CAPTION
    assert record.negated == "rider"
    assert record.detail


def test_wrong_object_is_not_kept(tmp_path: Path) -> None:
    model = StandIn(rewrite=["A motorcycle with no helmet parked in front of a garage."])
    record = rejected(outcome_line(tmp_path, item(negated="rider"), model, steps(tries=1)))
    assert record.reason == "object-not-in-scope"
    assert "rider" in str(record.detail)


def test_grammar_that_declines_tries_the_next_object(tmp_path: Path) -> None:
    model = StandIn(rewrite=[Declined("no-place", "there is no place for it"), GOOD.replace("rider", "helmet")])
    with_table = steps(proposer="cooccurrence")
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, with_table))
    assert record.negated == "helmet"
    assert [request.inputs["negated"] for request in model.asked] == ["rider", "helmet"]


def test_declined_is_rejected_by_its_reason(tmp_path: Path) -> None:
    model = StandIn(rewrite=[Declined("no-place", "there is no place for it")])
    with_table = steps(proposer="cooccurrence")
    record = rejected(outcome_line(tmp_path / "all", item(candidates=OFFERED), model, with_table))
    assert (record.reason, record.detail) == ("no-place", "there is no place for it")
    assert len(model.asked) == 3
    model = StandIn(rewrite=[Declined("no-place", "there is no place for it")])
    assert rejected(outcome_line(tmp_path / "one", item(negated="rider"), model, with_table)).reason == "no-place"
    assert len(model.asked) == 1, "the row's own object is not replaced"


def test_proposing_alone_writes_nothing(tmp_path: Path) -> None:
    model = StandIn(propose=["rider"])
    record = kept(outcome_line(tmp_path, item(candidates=OFFERED), model, steps(write=False)))
    assert (record.negated, record.negated_caption, record.made_by) == ("rider", None, None)


def test_rewriting_alone_proposes_nothing(tmp_path: Path) -> None:
    model = StandIn(rewrite=[GOOD])
    alone = steps(proposer=None, choices=False)
    assert rejected(outcome_line(tmp_path / "without", item(), model, alone)).reason == "no-object"
    assert model.asked == []
    assert kept(outcome_line(tmp_path / "with", item(negated="rider"), model, alone)).negated_caption == GOOD


def test_a_refusal_fails_the_row(tmp_path: Path) -> None:
    model = StandIn(rewrite=[Refused("content policy")])
    line = failed(outcome_line(tmp_path, item(negated="rider"), model, steps()))
    assert line.error == "refused"
    assert "content policy" in line.message
    assert len(model.asked) == 1


def test_an_unusable_row_fails_unasked(tmp_path: Path) -> None:
    row = FailedCaption(id="a", caption=None, error="bad-row", message="caption is null")
    model = StandIn()
    assert failed(outcome_line(tmp_path, UnusableItem(row), model, steps())) == row
    assert model.asked == []


def test_a_caption_that_speaks_of_the_task_is_rejected_unasked(tmp_path: Path) -> None:
    model = StandIn()
    for number, caption in enumerate(
        ["There is no image here to provide a caption for.", "I am unable to see the image above."]
    ):
        line = outcome_line(tmp_path / str(number), item(caption=caption, candidates=OFFERED), model, steps())
        assert rejected(line).reason == "not-a-caption"
    assert model.asked == []


def test_contrast_negates_what_the_caption_names(tmp_path: Path) -> None:
    false = "A motorcycle parked with no garage in sight."
    model = StandIn(rewrite=[GOOD], contrast=[CAPTION, false, false])
    record = kept(outcome_line(tmp_path, item(negated="rider"), model, steps(contrast=True)))
    asked = [str(request.inputs["present"]) for request in model.asked if request.task == "contrast"]
    assert set(asked) == {"motorcycle", "garage"}
    assert asked[0] != asked[1]
    assert record.false_caption == false
    assert check_false_caption(CAPTION, false, asked[-1]) is None


def test_no_contrast_is_no_loss(tmp_path: Path) -> None:
    model = StandIn(rewrite=[GOOD], contrast=[CAPTION])
    record = kept(outcome_line(tmp_path, item(negated="rider"), model, steps(contrast=True, tries=2)))
    assert (record.negated_caption, record.false_caption) == (GOOD, None)
    assert model.tasks() == ["rewrite", "contrast", "contrast"]
