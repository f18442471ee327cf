"""Texts to the numbers that a text tower takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Tokenizer = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True, slots=True)
class Tokenization:
    """How a model wants its texts.

    Attributes:
        tokenizer: gives each text's tokens, cut to what the tower takes, with the token that ends it.
        pad: what shorter texts of a batch are filled up with, on the right.
        vocabulary: how many tokens the tower knows.
        name: for manifests and reports.
        length: of every row that the tower takes; None where a batch may be as long as its longest text.
    """

    tokenizer: Tokenizer
    pad: int
    vocabulary: int
    name: str
    length: int | None = None
