"""Leftovers of generation are found; what English or the original caption says so is not."""

from __future__ import annotations

import pytest

from negdata.filter.ungrammatical import check_grammar

CAPTION = "A man rides a horse on a beach"
WRONG = [
    "A man rides a horse on a beach with no no dog",
    "A man rides the the horse on a beach with no dog",
    "A man rides a horse on a beach on a beach with no dog",
    "A man rides a horse on a beach with a no dog",
    "A man rides a horse on a beach with an no dog",
    "A man rides a horse on a beach with no a dog",
    "A man rides a horse on a beach with no any dog",
    "A man rides a horse on a beach without no dog",
    "A man rides a horse on a beach with no in sight",
    "A man rides a horse on a beach, but there isn't a in sight",
    "A man rides a horse on the a beach with no dog",
    "A man rides a horse on a beach, no is visible",
    "A man rides a horse on a beach with no None in sight",
    'A man rides a horse" on a beach with no dog',
    "A man rides a horse (on a beach with no dog",
    "A man rides a horse on a beach] with no dog",
    "A man rides a horse on a beach with no {negated}",
    "A man rides a horse on a beach with no [object]",
    "A man rides a horse on a beach with no <object>",
    "A man rides a horse on a beach with no ____",
    "Caption: A man rides a horse on a beach with no dog",
    "Rewritten caption: A man rides a horse on a beach with no dog",
    "Here is a man riding a horse on a beach with no dog",
    "Sure, a man rides a horse on a beach with no dog",
    "A man rides a horse on a beach with no dog. Note: the dog is absent.",
    "A man rides a horse on a beach with no dog\nI hope this helps!",
    "A man rides a horse on a beach with no dog,",
    "A man rides a horse on a beach with no dog and",
    "A man rides a horse on a beach with.",
    "A man rides a horse on a beach with a",
    "A man rides a horse on a beach with no",
    "A man rides a horse on a beach without any",
    "A man rides a horse on a beach with no dog,.",
    "A man rides a apple on a beach with no dog",
    "An man rides an horse with an dog, not a cat",
    "A man rides a horse on a beach donâ€™t see a dog",
    "A man rides a horse on a beach with no dog \ufffd",
]
RIGHT = [
    "A man rides a horse on a beach that had had no dog.",
    "A man says bye bye on a horse on a beach with no dog",
    "A man on a beach with a no parking sign and no horse",
    "A man on a horse says that that beach has no dogs",
    "A man rides a horse on a beach with no A/C",
    "A man rides a horse on a beach with no toys to play with",
    "A man rides a horse on a beach, but there aren't any",
    'A man eats a 12" pizza on a beach with no dog',
    'A man rides a horse on a beach with no "beware" sign',
    "a) a man b) a horse c) no dog",
    "A man rides over and over and over a beach with no dog",
    "A unicorn, a European, a one-eyed horse, an hour, an SUV, an X-ray, a UFO, a utensil, no dog",
    "An honest man in an historic hotel with no dog",
    "A letter A is on a horse with no dog",
    "No dog in sight, no horse, no man.",
    "A man rides with or without a saddle, no dog nearby",
    "A man (no dog) rides a horse [on a beach].",
    "A man rides a horse on a beach with no dog.\n",
    "No, no dog is here",
    "A man with no on-street parking rides",
    "A plane taking off with no dog",
]


@pytest.mark.parametrize("written", WRONG)
def test_leftovers_are_found(written: str) -> None:
    finding = check_grammar(CAPTION, written)
    assert finding is not None
    assert finding.reason == "ungrammatical"


@pytest.mark.parametrize("written", RIGHT)
def test_english_is_not(written: str) -> None:
    assert check_grammar(CAPTION, written) is None


@pytest.mark.parametrize("written", WRONG)
def test_what_the_original_has_too_is_not_held_against_it(written: str) -> None:
    assert check_grammar(written, written) is None


def test_only_the_same_slip_is_forgiven() -> None:
    assert check_grammar("A dog in the the sun", "A dog in the the sun with no no cat") is not None
