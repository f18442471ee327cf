"""Questions of VQAv2 that were answered "no" become clauses, nearly all of them."""

from __future__ import annotations

import pytest

from negdata.negation import check_question_caption
from tests.quality.questions import ANNOTATIONS, QUESTIONS, Outcome, outcomes, read, share_of_clauses, well_formed

pytestmark = pytest.mark.skipif(
    not (QUESTIONS.exists() and ANNOTATIONS.exists()), reason="VQAv2's files are not under ../shared/data"
)
EVERY = 4
"""One question in four: the whole file takes four times as long and says the same."""


@pytest.fixture(scope="module")
def made() -> list[Outcome]:
    return outcomes(read().items[::EVERY])


def test_nearly_all_questions_become_a_clause(made: list[Outcome]) -> None:
    regular = [outcome for outcome in made if well_formed(outcome.item.question)]
    assert len(regular) > 0.97 * len(made)
    assert share_of_clauses(regular) >= 0.97
    assert share_of_clauses(made) >= 0.95


def test_every_kind_is_found(made: list[Outcome]) -> None:
    kinds = {outcome.clause.kind for outcome in made if outcome.clause}
    assert kinds == {"object", "action", "attribute", "relation", "count"}


def test_clauses_answer_their_questions(made: list[Outcome]) -> None:
    clauses = [outcome for outcome in made if outcome.clause]
    wrong = [o for o in clauses if o.clause and check_question_caption("", o.clause.text, o.item.question)]
    assert len(wrong) < 0.005 * len(clauses), [o.item.question for o in wrong]
