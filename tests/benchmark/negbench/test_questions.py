"""The questions that can be asked about an image."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.negbench.blind import StatementRules
from negdata.benchmark.negbench.presence import Presence
from negdata.benchmark.negbench.questions import leanings, question_sets, variances

SHOWN, ABSENT = ("cat", "bed", "book", "cup", "dog"), ("bus", "car", "kite", "oven", "sink", "bird")
FOUND = st.builds(
    Presence,
    st.lists(st.sampled_from(SHOWN), unique=True).map(tuple),
    st.lists(st.sampled_from(ABSENT), unique=True).map(tuple),
)


@given(FOUND, st.integers(1, 4), st.integers(0, 9))
def test_one_statement_is_true_and_no_object_stands_in_two_questions(found: Presence, most: int, seed: int) -> None:
    for drawn in question_sets(found, most, 5, random.Random(seed)):
        assert 1 <= len(drawn) <= most
        named = [name for question in drawn for name in {n for one in question.statements for n in one.objects}]
        assert max(Counter(named).values()) == 1
        for question in drawn:
            true = [one.is_true(set(found.shown)) for one in question.statements]
            assert [at for at, holds in enumerate(true) if holds] == [question.right]


def test_all_kinds_of_questions_are_drawn() -> None:
    drawn = question_sets(Presence(SHOWN, ABSENT), 1, 200, random.Random(0))
    assert {question.kind for (question,) in drawn} == {"positive", "negative", "hybrid"}
    assert {(question.layout, question.right) for (question,) in drawn} == {
        (layout, right) for layout in ("pairs", "mixed", "singles") for right in range(4)
    }


@pytest.mark.parametrize("found", [Presence((), ()), Presence(("cat",), ()), Presence((), ("bus",))])
def test_one_object_is_too_few(found: Presence) -> None:
    assert question_sets(found, 3, 20, random.Random(0)) == []


@given(st.integers(0, 50))
def test_a_trait_leans_to_nothing_over_the_four_answers(seed: int) -> None:
    """Whatever is asked: were each of the four right equally often, nothing could be told."""
    ((question,), *_) = question_sets(Presence(SHOWN, ABSENT), 1, 1, random.Random(seed))
    rules = StatementRules(dict.fromkeys(SHOWN, 3), [("bus", "cat"), ("bed", "book")])
    sums: Counter[str] = Counter()
    squares: Counter[str] = Counter()
    for right in range(4):
        found = leanings(type(question)(question.layout, question.statements, right), rules)
        sums.update(found)
        squares.update({name: value**2 / 4 for name, value in found.items()})
    assert all(abs(value) < 1e-9 for value in sums.values())
    for name, variance in variances(question, rules).items():
        assert squares[name] == pytest.approx(variance)
