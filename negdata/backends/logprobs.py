"""The log-probabilities that a server gives with its reply, and how many alternatives it is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from negdata.backends.spellings import choice_masses

ANSWER_TOKENS = 4
"""Tokens that are asked for with log-probabilities: the first counts, a line break may come before it."""
_STEPS = (20, 5, 0)
_BLANK = " \t\r\n▁ĠĊ"
_ROUNDING = 0.01
"""What the probabilities of a server that reckons in half precision may add up to beyond 1."""
_LEAST = -10_000.0


class LogprobsRefused(Exception):
    """The server refuses to give so many alternatives, or any."""


class LogprobsMissing(Exception):
    """The server's reply comes without the log-probabilities of its answer."""


class AskedAlternatives:
    """How many alternatives a server is asked for: 20, then 5, then none, each step for the rest of the run."""

    def __init__(self) -> None:
        self.number = _STEPS[0]

    def refused(self, number: int) -> None:
        """Goes one step down, unless another request has done so while this one was under way."""
        if number == self.number:
            self.number = _STEPS[_STEPS.index(number) + 1]

    def missing(self) -> None:
        """Asks for none from now on."""
        self.number = 0


def refuses_logprobs(said: str) -> bool:
    """Whether an error text is about log-probabilities."""
    return "logprob" in said.lower()


def first_token_masses(logprobs: object, choices: Sequence[str]) -> tuple[float, ...] | None:
    """The probability of each choice at the first token that isn't blank.

    Args:
        logprobs: as the server sent it: OpenAI's ``{"content": [...]}``, its older ``{"tokens": [...], ...}``, or
            Ollama's bare list.
        choices: the answers, in lower case.

    Returns:
        None where the server gave no alternatives, or what can be no probabilities.
    """
    places = _places(logprobs)
    if not all(isinstance(token, str) for token, _, _ in places):
        return None
    # Where the model ends its reply at once there are blanks alone, and the first place is the answer's all the same.
    written = next((place for place in places if str(place[0]).strip(_BLANK)), places[0] if places else None)
    alternatives = _alternatives(*written) if written else None
    return None if alternatives is None else choice_masses(alternatives, choices)


def _places(logprobs: object) -> list[tuple[object, object, object]]:
    """Token, log-probability and alternatives of each place, unchecked."""
    if isinstance(logprobs, Mapping) and "tokens" in logprobs:
        tokens, own, tops = (logprobs.get(key) for key in ("tokens", "token_logprobs", "top_logprobs"))
        if not isinstance(tokens, list) or not isinstance(own, list) or not isinstance(tops, list):
            return []
        return list(zip(tokens, own, tops, strict=False))
    entries = logprobs.get("content") if isinstance(logprobs, Mapping) else logprobs
    if not isinstance(entries, list):
        return []
    return [
        (entry.get("token"), entry.get("logprob"), entry.get("top_logprobs"))
        if isinstance(entry, Mapping)
        else (None, None, None)
        for entry in entries
    ]


def _alternatives(token: object, own: object, top: object) -> list[tuple[str, float]] | None:
    """The tokens of one place with their log-probabilities; None where one can't be read, as it might be an answer."""
    pairs: list[tuple[object, object]]
    if isinstance(top, Mapping):
        pairs = list(top.items())
    elif isinstance(top, list):
        pairs = [(one.get("token"), one.get("logprob")) if isinstance(one, Mapping) else (None, None) for one in top]
    else:
        return None
    if not pairs:
        return None
    if own is not None and all(listed != token for listed, _ in pairs):
        pairs.append((token, own))  # drawn, though not among the likeliest
    read: list[tuple[str, float]] = []
    for listed, logprob in pairs:
        if not isinstance(listed, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
            return None
        if not logprob <= _ROUNDING:  # NaN too
            return None
        read.append((listed, float(max(_LEAST, min(0.0, logprob)))))
    if math.fsum(math.exp(logprob) for _, logprob in read) > 1.0 + _ROUNDING:
        return None
    return read
