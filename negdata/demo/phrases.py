"""What people might call a picture of the drawn world: what it shows, and what it doesn't."""

from __future__ import annotations

import random

from negdata.grammar.nouns import article

AFFIRMED = (
    "{a} and {b}",
    "{a} with {b}",
    "the picture of {a} with {b}",
    "the picture of {a} and {b}",
    "the picture with {a} and {b}",
    "the picture with both {a} and {b}",
    "the picture that shows {a} and {b}",
    "the picture that shows {a} and also {b}",
    "the scene that has {a} and {b}",
    "the scene with {b} as well as {a}",
    "the picture where there is {a} and {b}",
    "the one with {b} and {a}",
    "there is {a} and there is {b}",
)
NAMED = (
    "{a}",
    "a picture of {a}",
    "the picture of {a}",
    "the picture with {a}",
    "the picture that shows {a}",
    "the scene that has {a}",
    "the scene with {a}",
    "the one with {a}",
    "there is {a}",
)
DENIED = (
    "{a} without {b}",
    "{a} with no {bare}",
    "{a} but no {bare}",
    "{a}, no {bare}",
    "the picture of {a} with no {bare}",
    "the picture of {a} without {b}",
    "the picture with {a} and no {bare}",
    "the picture with no {bare} but with {a}",
    "the picture without {b} that shows {a}",
    "the picture that shows {a} and does not show {b}",
    "the scene that has {a} but not {b}",
    "the scene with {a} and without {b}",
    "the picture where there is {a} but no {bare}",
    "the picture of {a} that does not have {b}",
    "the one with {a} and not {b}",
    "there is {a} and there is no {bare}",
)
"""Of each the first thing is there and the second isn't; {bare} is the second without its article."""


def affirmed(chance: random.Random, a: str, b: str) -> str:
    """Says that both are there, in one of several ways: "the picture of a cat with a dog"."""
    return chance.choice(AFFIRMED).format(a=with_article(a), b=with_article(b))


def named(chance: random.Random, a: str) -> str:
    """Says that one thing is there: "the scene that has a red car"."""
    return chance.choice(NAMED).format(a=with_article(a))


def denied(chance: random.Random, a: str, b: str, n: int = 1) -> list[str]:
    """Says in `n` different ways that the first is there and the second isn't: "a cat without a dog"."""
    return [form.format(a=with_article(a), b=with_article(b), bare=b) for form in chance.sample(DENIED, n)]


def with_article(noun: str) -> str:
    """ "a cat", "an apple"."""
    return f"{article(noun)} {noun}"
