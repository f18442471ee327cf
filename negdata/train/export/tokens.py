"""Whether two tokenizers number texts alike: the same vocabulary, and the same merges in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from negdata.clip.model_files import json_object
from negdata.errors import NegdataError
from negdata.sources.base import read_bytes

FILES = ("tokenizer.json", "vocab.json", "merges.txt")
_MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Tokens:
    """A byte-pair vocabulary; special tokens are among the numbers."""

    numbers: Mapping[str, int]
    merges: tuple[str, ...]

    def checked(self, where: str) -> Tokens:
        """The same; raises NegdataError where it holds nothing, or something else than numbers."""
        if not self.numbers or not all(type(number) is int for number in self.numbers.values()):
            raise NegdataError(f"{where} holds no vocabulary.", "Fetch it again.")
        return self


@cache
def openai_tokens() -> Tokens:
    """Those of OpenAI's tokenizer, which comes with negdata."""
    from negdata.clip.bpe import openai_tokenizer

    return _of_document(orjson.loads(openai_tokenizer().backend_tokenizer.to_str()), "OpenAI's tokenizer")


def read_tokens(files: Mapping[str, Path], where: str) -> Tokens:
    """Those that a tokenizer's files hold.

    Args:
        files: by name, those of ``FILES`` that are there.
        where: their folder, for errors.

    Raises:
        NegdataError: they can't be read, hold no byte-pair vocabulary, or contradict each other.
    """
    for name, path in files.items():
        if path.stat().st_size > _MOST_BYTES:
            raise NegdataError(f"{where}/{name} has more than {_MOST_BYTES:,} bytes.", "Fetch it again.")
    found = []
    if "tokenizer.json" in files:
        found.append(_of_document(json_object(files["tokenizer.json"]), f"{where}/tokenizer.json"))
    if "vocab.json" in files and "merges.txt" in files:
        found.append(_of_lists(files["vocab.json"], files["merges.txt"], where))
    if not found:
        raise NegdataError(
            f"{where} has no tokenizer: neither tokenizer.json nor vocab.json and merges.txt are there.",
            "Copy its files from the model that this one was made of.",
        )
    if found[0] != found[-1]:
        raise NegdataError(
            f"The tokenizer of {where} contradicts itself: tokenizer.json has other tokens than vocab.json and "
            "merges.txt.",
            "Fetch it again.",
        )
    return found[0]


def check_same(base: Tokens, model: Tokens, where: str, name: str) -> None:
    """Raises NegdataError where a text has other tokens in the base than in the model, with the first difference."""
    remedy = "Give a model that was fine-tuned from the base's own CLIP, with its tokenizer."
    if base.numbers != model.numbers:
        apart = sorted(
            (
                token
                for token in {**base.numbers, **model.numbers}
                if base.numbers.get(token) != model.numbers.get(token)
            ),
            key=lambda token: (base.numbers.get(token, -1), token),
        )
        one = apart[0]
        raise NegdataError(
            f"The tokenizer of {where} numbers {len(apart):,} tokens differently than that of {name}: {one[:40]!r} is "
            f"{base.numbers.get(one, 'unknown')} there and {model.numbers.get(one, 'unknown')} here.",
            remedy,
        )
    if base.merges != model.merges:
        raise NegdataError(
            f"The tokenizer of {where} has the tokens of that of {name}, but puts letters together in another order.",
            remedy,
        )


def _of_document(document: Mapping[str, Any], where: str) -> Tokens:
    """What the tokenizers library writes."""
    try:
        model = document["model"]
        numbers = dict(model["vocab"]) | {token["content"]: token["id"] for token in document["added_tokens"]}
        merges = tuple(one if isinstance(one, str) else " ".join(one) for one in model["merges"])
    except (KeyError, TypeError, ValueError) as error:
        raise NegdataError(f"{where} holds no byte-pair vocabulary.", "Fetch it again.") from error
    return Tokens(numbers, merges).checked(where)


def _of_lists(vocabulary: Path, merges: Path, where: str) -> Tokens:
    numbers = json_object(vocabulary)
    lines = read_bytes(merges).decode("utf-8", "replace").split("\n")
    pairs = tuple(line.rstrip("\r") for line in lines if line.strip() and not line.startswith("#version"))
    return Tokens(numbers, pairs).checked(f"{where}/vocab.json")
