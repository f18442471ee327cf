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
        uncut: gives all of each text's tokens, as many as they are, with those that start and end it.
        context: how many tokens the tower takes.
        pad: what shorter texts of a batch are filled up with, on the right.
        vocabulary: how many tokens the tower knows.
        name: for manifests and reports.
        length: of every row that the tower takes; None where a batch may be as long as its longest text.
    """

    tokenizer: Tokenizer
    uncut: Tokenizer
    context: int
    pad: int
    vocabulary: int
    name: str
    length: int | None = None

    def whole_lengths(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has before it is cut; one of more than ``context`` loses its end, silently."""
        return list(map(len, self.uncut(texts)))
