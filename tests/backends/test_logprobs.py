"""What is read out of the log-probabilities that servers send."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.backends.logprobs import AskedAlternatives, first_token_masses

YES_NO = ("yes", "no")


def place(**masses: float) -> dict[str, Any]:
    """One token with its alternatives; the first is the one drawn."""
    top = [{"token": token.replace("_", " "), "logprob": math.log(mass)} for token, mass in masses.items()]
    return top[0] | {"top_logprobs": top}


ANSWER = place(Yes=0.5, _yes=0.2, No=0.1, The=0.1)
BREAK = {"token": "\n", "logprob": -0.1, "top_logprobs": [{"token": "\n", "logprob": -0.1}]}
END = {"token": "", "logprob": -0.1, "top_logprobs": [{"token": "", "logprob": -0.5}, {"token": "No", "logprob": -2.0}]}
OLDER = {
    "tokens": ["\n", "Yes"],
    "token_logprobs": [-0.1, math.log(0.5)],
    "top_logprobs": [{"\n": -0.1}, {"Yes": math.log(0.5), " yes": math.log(0.2), "No": math.log(0.1)}],
}
READ = {
    "OpenAI's": ({"content": [ANSWER]}, (0.7, 0.1)),
    "Ollama's": ([ANSWER], (0.7, 0.1)),
    "older": (OLDER, (0.7, 0.1)),
    "after a line break": ([BREAK, ANSWER, place(No=0.9)], (0.7, 0.1)),
    "an end at once": ([END], (0.0, math.exp(-2.0))),
    "neither is among them": ([place(The=0.5)], (0.0, 0.0)),
    "drawn beside them": (
        [{"token": "No", "logprob": math.log(0.2), "top_logprobs": [{"token": "Yes", "logprob": math.log(0.7)}]}],
        (0.7, 0.2),
    ),
    "OpenAI's least": ([place(Yes=1.0) | {"token": "No", "logprob": -9999.0}], (1.0, 0.0)),
    "rounded up": (
        [{"token": "Yes", "logprob": 1e-7, "top_logprobs": [{"token": "Yes", "logprob": 1e-7}]}],
        (1.0, 0.0),
    ),
}


@pytest.mark.parametrize("name", READ)
def test_masses(name: str) -> None:
    logprobs, masses = READ[name]
    assert first_token_masses(logprobs, YES_NO) == pytest.approx(masses)


def of_one(token: object, logprob: object) -> list[dict[str, object]]:
    return [{"token": "The", "logprob": -1.0, "top_logprobs": [{"token": token, "logprob": logprob}]}]


NOTHING: dict[str, object] = {
    "none": None,
    "a text": "yes",
    "a number": 0.9,
    "no places": {"content": []},
    "null places": {"content": None},
    "a list of nulls": [None, None],
    "no alternatives": [{"token": "Yes", "logprob": -0.1, "top_logprobs": []}],
    "no key for them": [{"token": "Yes", "logprob": -0.1}],
    "alternatives of nulls": [ANSWER | {"top_logprobs": [None]}],
    "NaN": of_one("Yes", math.nan),
    "more than certain": of_one("Yes", 3.0),
    "infinite": of_one("Yes", math.inf),
    "a word": of_one("Yes", "-0.1"),
    "true": of_one("Yes", True),
    "null": of_one("Yes", None),
    "a token that is a number": of_one(7, -0.1),
    "a first token that is none": [{"token": None, "logprob": -0.1, "top_logprobs": None}, ANSWER],
    "no distribution": [place(Yes=1.0, No=1.0)],
    "older, without its lists": {"tokens": ["Yes"], "token_logprobs": None, "top_logprobs": None},
}


@pytest.mark.parametrize("name", NOTHING)
def test_no_probability_is_made_up(name: str) -> None:
    assert first_token_masses(NOTHING[name], YES_NO) is None


def test_numbers_beyond_any_float() -> None:
    assert first_token_masses(of_one("Yes", -(10**400)), YES_NO) == (0.0, 0.0)
    assert first_token_masses(of_one("Yes", 10**400), YES_NO) is None


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Yes", " no", "\n", ""])
KEYS = st.sampled_from(["content", "token", "logprob", "top_logprobs", "tokens", "token_logprobs", "Yes", "No"])
SHAPES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
TOKENS = st.fixed_dictionaries({"token": LEAVES, "logprob": LEAVES, "top_logprobs": st.lists(SHAPES, max_size=3)})


@given(SHAPES | st.lists(TOKENS, max_size=3) | st.fixed_dictionaries({"content": st.lists(TOKENS, max_size=3)}))
def test_any_shape_gives_probabilities_or_none(logprobs: object) -> None:
    masses = first_token_masses(logprobs, YES_NO)
    assert masses is None or (all(0.0 <= mass <= 1.0 for mass in masses) and sum(masses) <= 1.02)


def test_each_step_down_is_taken_once() -> None:
    asked = AskedAlternatives()
    asked.refused(20)
    asked.refused(20)  # a request that was under way at the first refusal
    assert asked.number == 5
    asked.refused(5)
    assert asked.number == 0


def test_alternatives_that_are_missing_are_asked_for_no_more() -> None:
    asked = AskedAlternatives()
    asked.missing()
    asked.refused(20)
    assert asked.number == 0
