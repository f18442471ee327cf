"""Verifiers in turn: the next is asked only where the one before can't tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from negdata.backends.base import Request
from negdata.records import Verdict
from negdata.verify import Question, any_knows, driven_by, judge_in_turn
from negdata.verify.instances import Instances, InstancesVerifier
from tests.verify.standins import (
    Seer,
    instances_document,
    model_verifier,
    picture,
    sure,
    under_askers,
    written,
)

HERE = "000000000001.jpg"


def ground_truth(folder: Path) -> InstancesVerifier:
    picture(folder / HERE)
    return InstancesVerifier(Instances(written(folder / "truth.json", instances_document({HERE: ["dog"]}))))


@pytest.mark.parametrize(("name", "present"), [("dog", True), ("couch", False)])
def test_the_second_is_not_asked_where_the_first_can_tell(tmp_path: Path, name: str, present: bool) -> None:
    seer = Seer(lambda _: sure(0.5))
    model = model_verifier(seer, tmp_path)
    chain = (ground_truth(tmp_path), model)
    verdict, detail = under_askers(model, lambda ask: judge_in_turn(Question(HERE, None, name), chain, ask))
    assert verdict == Verdict(p_present=float(present), present=present, verifier="instances")
    assert not detail
    assert not seer.asked


@pytest.mark.parametrize(("p_yes", "present"), [(0.75, True), (0.25, False), (0.5, None)])
def test_the_second_has_the_last_word_where_the_first_cannot_tell(
    tmp_path: Path, p_yes: float, present: bool | None
) -> None:
    seer = Seer(lambda _: sure(p_yes))
    model = model_verifier(seer, tmp_path)
    question = Question(HERE, None, "okapi")
    verdict, detail = under_askers(model, lambda ask: judge_in_turn(question, (ground_truth(tmp_path), model), ask))
    assert verdict == Verdict(p_present=p_yes, present=present, verifier="seer", model="by-hand")
    assert f"{p_yes:.2f}" in detail
    assert len(seer.asked) == 1


def test_the_last_says_why_it_cannot_tell(tmp_path: Path) -> None:
    async def none_to_ask(request: Request, parse: object, *, of: str | None = None) -> object:
        raise AssertionError(request)

    truth = ground_truth(tmp_path)
    seer = Seer(lambda _: sure(0.5))
    model = model_verifier(seer, tmp_path)
    question = Question("elsewhere.jpg", None, "dog")
    verdict, detail = asyncio.run(judge_in_turn(question, (truth,), none_to_ask))  # type: ignore[arg-type]
    assert (verdict.present, verdict.verifier) == (None, "instances")
    assert detail == "the instances file doesn't have the image"
    model.close()


def test_what_is_driven_and_what_is_known(tmp_path: Path) -> None:
    truth = ground_truth(tmp_path)
    model = model_verifier(Seer(lambda _: sure(0.5)), tmp_path)
    assert driven_by((truth, model)) == {"seer": model.driven}
    assert driven_by((truth,)) == {}
    assert any_knows((truth, model), "okapi")
    assert any_knows((truth,), "dog")
    assert not any_knows((truth,), "okapi")
    model.close()
