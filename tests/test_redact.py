"""Secrets are masked, and nothing else is."""

from __future__ import annotations

import pytest

from negdata.redact import redact, redact_patterns


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer ***"),
        ("key sk-proj-abcdefgh12345 is wrong", "key sk-*** is wrong"),
        ("hf_abcdefg1hijkl", "hf_***"),
        ("https://me:secret@host/v1?api_key=12345&x=1", "https://***@host/v1?api_key=***&x=1"),
        ("--api-key=12345 --model m", "--api-key=*** --model m"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, masked: str) -> None:
    assert redact_patterns(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "negdata caption captions.json --api-key-env OPENAI_API_KEY --model llama3.1:8b -o out.jsonl",
        "http://localhost:11434/v1",
        '{"base_url":"http://localhost:11434","prompt":"rewrite@3f9c2e"}',
        "A bearer of bad news with no basic skills.",
        "Connection refused: [Errno 111] 127.0.0.1:8080",
        "completion_tokens is 12, prompt_tokens 3",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact_patterns(text) == text


def test_values_of_secret_variables_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "correct-horse-battery")
    monkeypatch.setenv("OTHER_TOKEN", "1")
    assert redact("401: correct-horse-battery is no key; 1 try") == "401: *** is no key; 1 try"
