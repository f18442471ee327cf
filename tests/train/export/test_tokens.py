"""Two tokenizers are the same where their vocabularies and merges are, in whichever files they lie."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.train.export.tokens import check_same, read_tokens

LETTERS = st.text("abcd", min_size=1, max_size=3)
PAIRS = st.lists(st.tuples(LETTERS, LETTERS), max_size=6, unique=True)


def document(numbers: dict[str, int], merges: list[tuple[str, str]], *, joined: bool, added: int = 0) -> dict[str, Any]:
    names = list(numbers)
    apart = [{"id": numbers[name], "content": name} for name in names[:added]]
    return {
        "model": {
            "vocab": {name: numbers[name] for name in names[added:]},
            "merges": [" ".join(pair) if joined else list(pair) for pair in merges],
        },
        "added_tokens": apart,
    }


def written(folder: Path, **files: str) -> dict[str, Path]:
    paths = {}
    for name, text in files.items():
        path = folder / name.replace("_", ".")
        path.write_text(text, encoding="utf-8")
        paths[path.name] = path
    return paths


@settings(deadline=None)
@given(st.lists(LETTERS, min_size=2, unique=True), PAIRS, st.booleans(), st.integers(0, 2))
def test_the_same_tokens_in_every_form(
    names: list[str], merges: list[tuple[str, str]], joined: bool, added: int
) -> None:
    numbers = {name: number for number, name in enumerate(names)}
    lines = "\n".join(["#version: 0.2", *map(" ".join, merges), ""])
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        whole = written(folder, tokenizer_json=json.dumps(document(numbers, merges, joined=joined, added=added)))
        parts = written(folder, vocab_json=json.dumps(numbers), merges_txt=lines)
        one, other = read_tokens(whole, "a"), read_tokens(parts, "b")
        assert one == other == read_tokens(whole | parts, "both")
        check_same(one, other, "a", "b")
        if len(merges) > 1:
            turned = written(folder, tokenizer_json=json.dumps(document(numbers, merges[::-1], joined=joined)))
            with pytest.raises(NegdataError, match="in another order"):
                check_same(read_tokens(turned, "a"), other, "a", "b")
            with pytest.raises(NegdataError, match="contradicts itself"):
                read_tokens(turned | parts, "a")
        swapped = numbers | {names[0]: numbers[names[1]], names[1]: numbers[names[0]]}
        with pytest.raises(NegdataError, match="numbers 2 tokens differently"):
            check_same(read_tokens(written(folder, vocab_json=json.dumps(swapped)) | parts, "a"), one, "a", "b")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"vocab_json": "{}"},
        {"vocab_json": "{}", "merges_txt": ""},
        {"vocab_json": "[1]", "merges_txt": ""},
        {"tokenizer_json": "{"},
        {"tokenizer_json": "[]"},
        {"tokenizer_json": '{"model": {"vocab": [1], "merges": []}, "added_tokens": []}'},
        {"tokenizer_json": '{"model": {"vocab": {}, "merges": [[1, 2]]}, "added_tokens": []}'},
        {"tokenizer_json": '{"model": {"vocab": {}, "merges": 3}, "added_tokens": []}'},
        {"tokenizer_json": '{"model": {"vocab": {}, "merges": []}, "added_tokens": [3]}'},
        {"tokenizer_json": '{"model": {"vocab": {"a": "b"}, "merges": []}, "added_tokens": []}'},
    ],
)
def test_what_is_no_tokenizer_is_an_error_in_words(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(NegdataError):
        read_tokens(written(tmp_path, **files), "it")
