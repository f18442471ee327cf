"""The spellings of an answer among a model's tokens: "yes" is also "Yes", " yes", "▁YES" and "yes,"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

# Marks that tokenizers write for a space or a line break, and what models put around a one-word answer.
_AROUND = " \t\r\n▁ĠĊ\"'`*_.,;:!()[]{}<>-–—"


def spelled(token: str) -> str:
    """What a token says, without spaces, quotes, punctuation and capitals."""
    return token.strip(_AROUND).casefold()


def choice_masses(alternatives: Iterable[tuple[str, float]], choices: Sequence[str]) -> tuple[float, ...]:
    """The probability of each choice, summed over its spellings.

    Args:
        alternatives: tokens that could come first, each with its log-probability.
        choices: the answers, in lower case.

    Returns:
        One probability in [0, 1] a choice; what no alternative spells has 0.
    """
    masses = dict.fromkeys(choices, 0.0)
    for token, logprob in alternatives:
        said = spelled(token)
        if said in masses and logprob <= 0.0:
            masses[said] += math.exp(logprob)
    return tuple(min(1.0, masses[choice]) for choice in choices)
