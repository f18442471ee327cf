"""Captions are cut where they negate, and nothing of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.report.highlight import pieces


def marked(text: str, negated: str | None = None) -> list[tuple[str, str]]:
    return [(words, kind) for words, kind in pieces(text, negated) if kind]


@pytest.mark.parametrize(
    ("text", "negated", "expected"),
    [
        ("A cat with no dog in sight.", "dog", [("no", "cue"), ("dog", "absent")]),
        ("A dog, but no other dog near.", "dog", [("no", "cue"), ("dog", "absent")]),
        ("There aren't any puppies here.", "dog", [("aren't", "cue"), ("puppies", "absent")]),
        ("A man without a hat or bag.", None, [("without", "cue"), ("hat", "absent"), ("bag", "absent")]),
        ("A shirtless man.", None, [("shirtless", "cue")]),
        ("A dog on a bed.", "dog", []),
        ("", None, []),
    ],
)
def test_the_cue_and_what_it_denies(text: str, negated: str | None, expected: list[tuple[str, str]]) -> None:
    assert marked(text, negated) == expected


words = st.lists(st.sampled_from(["no", "dog", "a", "cat", "without", "isn't", "<b>", "\u2028", "naïve", ",", "not"]))


@settings(deadline=None)
@given(text=words.map(" ".join) | st.text(max_size=40), negated=st.none() | st.sampled_from(["dog", "cat", "?"]))
def test_no_character_is_lost(text: str, negated: str | None) -> None:
    assert "".join(words for words, _ in pieces(text, negated)) == text
