"""Rules that never see an image, on questions of which their score is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.negbench.blind import TEXT_RULES, Asked, StatementRules, blind_scores, chance_of
from negdata.benchmark.negbench.statements import Statement, laid_out

TEXTS = ("There is a cat.", "There is no cat here.", "There is a dog, but there is no cat.", "Neither a cat nor a dog.")


def scores_of(questions: list[Asked]) -> dict[str, float]:
    return {one.rule: one.accuracy for one in blind_scores(questions, {"cat": 5, "dog": 9, "bus": 1})}


@pytest.mark.parametrize(
    ("rule", "picked"),
    [
        ("the first", {0}),
        ("the last", {3}),
        ("the longest", {2}),
        ("the shortest", {0}),
        ("fewest negations", {0}),
        ("most negations", {3}),
    ],
)
def test_what_each_rule_of_wording_picks(rule: str, picked: set[int]) -> None:
    found = {place: chance_of(TEXT_RULES[rule](TEXTS), place) for place in range(4)}
    assert {place for place, chance in found.items() if chance} == picked
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("rule", "picked"),
    [
        ("a hybrid where offered", {1, 2}),
        ("an affirmative where offered", {0}),
        ("a negative where offered", {3}),
        ("affirms the commonest object", {0, 2}),
        ("denies the rarest object", {2, 3}),
    ],
)
def test_what_each_rule_of_meaning_picks(rule: str, picked: set[int]) -> None:
    scores = StatementRules({"dog": 9, "bus": 1}, [("bus", "dog")]).scores(laid_out("pairs", ("bus", "dog")))[rule]
    assert {place for place in range(4) if chance_of(scores, place)} == picked


def test_a_rule_that_knows_is_told_from_one_that_guesses() -> None:
    statements = laid_out("pairs", ("cat", "dog"))
    questions = [Asked(TEXTS, statements, 0) for _ in range(100)]
    by_rule = {one.rule: one for one in blind_scores(questions, {"cat": 5, "dog": 9})}
    assert by_rule["the first"].accuracy == 1
    assert not by_rule["the first"].is_chance
    assert by_rule["the last"].accuracy == 0
    # 1.96 standard deviations of 100 guesses at one in four.
    assert by_rule["the first"].high == pytest.approx(0.25 + 1.96 * (0.25 * 0.75 / 100) ** 0.5)


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=4, max_size=4))
def test_picks_are_shared_among_ties(scores: list[float]) -> None:
    assert sum(chance_of(scores, place) for place in range(4)) == pytest.approx(1)


@given(st.lists(st.tuples(st.sampled_from(["pairs", "mixed", "singles"]), st.integers(0, 3)), min_size=1, max_size=20))
def test_every_rule_scores_between_nothing_and_all(questions: list[tuple[str, int]]) -> None:
    asked = [Asked(TEXTS, laid_out(layout, ("cat", "dog", "bus", "kite")), right) for layout, right in questions]
    found = scores_of(asked)
    assert len(found) >= 14
    assert all(0 <= accuracy <= 1 for accuracy in found.values())


def test_company_is_told_by_comparing_pairs() -> None:
    rules = StatementRules({}, [("fork", "knife"), ("fork", "bus"), ("cat", "bus"), ("cat", "oven")])
    near, far = (rules.closeness(Statement("both", pair)) for pair in (("fork", "knife"), ("fork", "bus")))
    assert near is not None
    assert far is not None
    assert near > far
    assert rules.closeness(Statement("affirm", ("fork",))) is None


def test_no_questions_no_scores() -> None:
    assert blind_scores([], {}) == ()
