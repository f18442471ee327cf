"""When a request may be sent: requests and tokens a minute, and the pauses that a server asks for."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol

from aiolimiter import AsyncLimiter

from negdata.backends.base import Reply, Request
from negdata.limits import Limits

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_IMAGE = 800
_LONGEST_PAUSE = 60.0


class Rates(Protocol):
    """Counts the requests and tokens of a minute, of this process or of several together."""

    async def take(self, tokens: float) -> None:
        """Returns when one more request, of so many tokens, may be sent."""


class OwnRates:
    """Those of this process."""

    def __init__(self, limits: Limits) -> None:
        self._requests = _per_minute(limits.rpm) if limits.rpm else None
        self._tokens = _token_bucket(limits.tpm) if limits.tpm else None

    async def take(self, tokens: float) -> None:
        """See ``Rates``."""
        if self._requests is not None:
            await self._requests.acquire()
        while self._tokens is not None and tokens > 0:
            part = min(tokens, self._tokens.max_rate)
            await self._tokens.acquire(part)
            tokens -= part


class Pacing:
    """The gate that every request goes through before it takes a slot.

    A server that says "too many requests" closes it for all of them: whoever went on would only be told the same.
    """

    def __init__(self, limits: Limits, rates: Rates | None = None) -> None:
        """``rates``: where requests and tokens are counted; None: in this process."""
        self._rates = rates or OwnRates(limits)
        self._counts_tokens = limits.tpm is not None
        self._owed = 0.0
        self._completion_mean: float | None = None
        self._paused_until = 0.0
        self._pauses = 0
        self._first_pause = 2 * limits.first_wait

    @property
    def pause_left(self) -> float:
        """Seconds for which no request is sent, because the server said so."""
        return max(0.0, self._paused_until - time.monotonic())

    async def pause(self) -> None:
        """Returns when no pause is on."""
        while (left := self.pause_left) > 0:
            # Not all at the same instant, or the server is asked too often once more.
            await asyncio.sleep(left + random.random() * min(1.0, left / 4))

    async def admit(self, request: Request) -> None:
        """Returns when the rate limits let the request go."""
        tokens = 0.0
        if self._counts_tokens:
            # What earlier estimates fell short by, or were too high by, is settled here.
            tokens = self._estimate(request) + self._owed
            self._owed = min(0.0, tokens)
        await self._rates.take(max(0.0, tokens))

    def told_to_wait(self, seconds: float | None, at_most: float) -> None:
        """Closes the gate after a 429, for the time that the server names or one that grows from 429 to 429."""
        if not seconds:
            if self.pause_left > 0:
                return  # the answers to requests sent together are one refusal, not many
            seconds = min(_LONGEST_PAUSE, self._first_pause * 2**self._pauses) * random.uniform(1.0, 1.25)
            self._pauses += 1
        self.hold(min(seconds, at_most))

    def hold(self, seconds: float) -> None:
        """Closes the gate for so long."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def answered(self, request: Request, reply: Reply) -> None:
        """Takes note of a reply: what it cost beside what was thought."""
        self._pauses = 0
        if not self._counts_tokens:
            return
        spent = reply.prompt_tokens + reply.completion_tokens
        if spent:
            self._owed += spent - self._estimate(request)
            mean = self._completion_mean
            self._completion_mean = (
                reply.completion_tokens if mean is None else 0.9 * mean + 0.1 * reply.completion_tokens
            )

    def _estimate(self, request: Request) -> float:
        characters = sum(len(message.content) for message in request.messages)
        reply = request.sampling.max_tokens if self._completion_mean is None else self._completion_mean
        return characters / _CHARACTERS_PER_TOKEN + _TOKENS_PER_IMAGE * len(request.images) + reply


def _per_minute(rpm: int) -> AsyncLimiter:
    """A second's worth at once, and no more than ``rpm`` in any minute."""
    burst = max(1.0, rpm / 60)
    return AsyncLimiter(burst, 60 * burst / (rpm - burst + 1))


def _token_bucket(tpm: int) -> AsyncLimiter:
    """Ten seconds' worth at once, ``tpm`` a minute."""
    return AsyncLimiter(tpm / 6, 10)
