"""Asks a backend: cache, pace, slot, time-out, retries. What comes out is a parsed reply or a final failure."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from negdata.backends.base import Backend, BadReply, RateLimited, Reply, Request, Unavailable
from negdata.limits import Limits
from negdata.manifest import Usage
from negdata.pacing import Pacing
from negdata.replies import ReplyCache, reply_key

T = TypeVar("T")

SEED_STEP = 10_007  # further draws must not meet the seeds that a stage counts up itself
_WAIT_FACTOR = 3
_LONGEST_WAIT = 30.0


class Ask(Protocol):
    """What a stage is given to talk to a model."""

    async def __call__(self, request: Request, parse: Callable[[str], T]) -> T:
        """The parsed reply to a request.

        ``parse`` raises BadReply for text that is of no use; it is then asked for again with another seed.

        Raises:
            BackendFailure: there is no reply to be had; ``Refused`` and ``Declined`` come at once, the others after
                all retries.
        """


class Asker:
    """The ``Ask`` of a run on this machine.

    Attributes:
        usage: what was asked so far.
        in_flight: requests that the backend is at work on.
        in_air: the tasks that wait for them.
        waiting: requests that wait to be sent again.
    """

    def __init__(self, backend: Backend, limits: Limits, cache: ReplyCache | None) -> None:
        self.usage = Usage()
        self.in_air: set[asyncio.Task[object]] = set()
        self.waiting = 0
        self.stopping = False
        self.pacing = Pacing(limits)
        self._backend = backend
        self._limits = limits
        self._cache = cache if backend.cacheable else None
        self._base_url: str | None = getattr(backend, "base_url", None)
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._ready: asyncio.Future[None] | None = None
        self._last_success = float("-inf")
        self._given_up = 0

    @property
    def in_flight(self) -> int:
        return len(self.in_air)

    @property
    def given_up(self) -> int:
        """Requests that failed for good, one after the other, with no success in between."""
        return self._given_up

    async def __call__(self, request: Request, parse: Callable[[str], T]) -> T:
        """See ``Ask``."""
        key: str | None = None
        if self._cache is not None:
            key = reply_key(request, self._backend.name, self._backend.model, self._base_url)
            stored = self._cache.get(key)
            if stored is not None:
                try:
                    parsed = parse(stored.text)
                except BadReply:
                    pass  # stored under another parser
                else:
                    self.usage.cached += 1
                    return parsed
        for draw in range(self._limits.redraws + 1):
            asked = request if draw == 0 else replace(request, seed=request.seed + draw * SEED_STEP)
            try:
                reply = await self._send(asked)
                parsed = parse(reply.text)
            except BadReply:
                if draw == self._limits.redraws:
                    raise
                continue
            if key is not None and self._cache is not None:
                # Under the first seed's key, so that a later run doesn't draw the unusable replies again.
                self._cache.put(key, reply)
            return parsed
        raise AssertionError("the last draw returns or raises")

    async def _send(self, request: Request) -> Reply:
        began = time.monotonic()
        try:
            return await self._once(request)
        except (RateLimited, Unavailable) as failure:
            first = failure
        return await self._again(request, first, began)

    async def _again(self, request: Request, first: RateLimited | Unavailable, began: float) -> Reply:
        """Retries after a first failure, which counts as the first attempt."""
        limits = self._limits
        pending: list[RateLimited | Unavailable] = [first]
        unavailable: int = 0
        limited_since: float | None = None

        async def attempt() -> Reply:
            if pending:
                raise pending.pop()
            return await self._once(request)

        def wait(state: RetryCallState) -> float:
            failure = _failure(state)
            if isinstance(failure, RateLimited):
                return 0.0  # the gate makes it wait, and everyone else
            seconds = min(_LONGEST_WAIT, limits.first_wait * float(_WAIT_FACTOR) ** (unavailable - 1))
            return max(seconds, min(failure.retry_after or 0.0, limits.patience)) * random.uniform(1.0, 1.25)

        def stop(state: RetryCallState) -> bool:
            nonlocal unavailable, limited_since
            failure, now = _failure(state), time.monotonic()
            if isinstance(failure, Unavailable):
                unavailable += 1
                # A server that failed others for good since its last success isn't waited for by each in turn.
                return unavailable >= (1 if self._given_up else limits.attempts)
            limited_since = limited_since or now
            left = limits.patience - (now - limited_since)
            if left <= 0 or (failure.retry_after or 0.0) > left or (self._given_up and now > began + limits.timeout):
                return True
            self.pacing.told_to_wait(failure.retry_after)
            return False

        retrying = AsyncRetrying(
            retry=retry_if_exception_type((RateLimited, Unavailable)), wait=wait, stop=stop, reraise=True
        )
        self.waiting += 1
        try:
            return await retrying(attempt)
        except (RateLimited, Unavailable):
            if self._last_success < began:
                self._given_up += 1
            raise
        finally:
            self.waiting -= 1

    async def _once(self, request: Request) -> Reply:
        if self._ready is None or not self._ready.done():
            await self._become_ready()
        await self.pacing.admit(request)
        async with self._slots:
            if self.stopping:
                raise asyncio.CancelledError
            task = asyncio.current_task()
            assert task is not None
            self.in_air.add(task)
            self.usage.requests += 1
            try:
                async with asyncio.timeout(self._limits.timeout):
                    reply = await self._backend.chat(request)
            except TimeoutError:
                raise Unavailable(f"no reply within {self._limits.timeout:g} s") from None
            finally:
                self.in_air.discard(task)
        self._last_success = time.monotonic()
        self._given_up = 0
        self.usage.prompt_tokens += reply.prompt_tokens
        self.usage.completion_tokens += reply.completion_tokens
        self.pacing.answered(request, reply)
        return reply

    async def _become_ready(self) -> None:
        """Asks whether any request can succeed; before the first one only, as stored replies need no server."""
        if self._ready is None:
            self._ready = asyncio.ensure_future(self._backend.ready())
        await asyncio.shield(self._ready)


def _failure(state: RetryCallState) -> RateLimited | Unavailable:
    assert state.outcome is not None
    failure = state.outcome.exception()
    assert isinstance(failure, RateLimited | Unavailable)
    return failure
