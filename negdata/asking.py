"""Asks a backend: cache, pace, slot, time-out, retries. What comes out is a parsed reply or a final failure."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from negdata.backends.base import Backend, BackendFailure, BadReply, RateLimited, Reply, Request, Unavailable
from negdata.limits import Limits
from negdata.manifest import Usage
from negdata.pacing import Pacing
from negdata.replies import ReplyCache, reply_key

T = TypeVar("T")
_log = logging.getLogger(__name__)

SEED_STEP = 10_007  # further draws must not meet the seeds that a stage counts up itself
_WAIT_FACTOR = 3
_LONGEST_WAIT = 30.0


class Ask(Protocol):
    """What a stage is given to talk to a model."""

    async def __call__(self, request: Request, parse: Callable[[Reply], T], *, of: str | None = None) -> T:
        """The parsed reply to a request.

        ``parse`` raises BadReply for a reply that is of no use; it is then asked for again with another seed. ``of``
        names one of the run's further backends; None is its first.

        Raises:
            BackendFailure: there is no reply to be had; ``Refused`` and ``Declined`` come at once, the others after
                all retries.
        """


class Asker:
    """What asks one backend.

    Attributes:
        usage: what was asked so far.
        in_air: the tasks whose request the backend is at work on.
        waiting: requests that wait to be sent again.
    """

    def __init__(
        self, backend: Backend, limits: Limits, cache: ReplyCache | None, pacing: Pacing | None = None
    ) -> None:
        self.usage = Usage()
        self.in_air: set[asyncio.Task[object]] = set()
        self.waiting = 0
        self.stopping = False
        self.pacing = pacing or Pacing(limits)
        self._backend = backend
        self._limits = limits
        self._cache = cache if backend.cacheable else None
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._getting_ready: asyncio.Future[None] | None = None
        self._is_ready = False
        self._last_success = float("-inf")
        self._given_up: Counter[type[BackendFailure]] = Counter()

    @property
    def in_flight(self) -> int:
        """Requests that the backend is at work on."""
        return len(self.in_air)

    @property
    def getting_ready(self) -> bool:
        """Whether a server is being looked for, or a model loaded."""
        return self._getting_ready is not None and not self._getting_ready.done()

    @property
    def is_gone(self) -> bool:
        """Whether more requests than can be under way failed for good, with no success in between."""
        return self._given_up.total() > 2 * self._limits.concurrency

    async def __call__(self, request: Request, parse: Callable[[Reply], T]) -> T:
        """See ``Ask``."""
        key: str | None = None
        if self._cache is not None:
            if not self._backend.model:
                await self._become_ready()  # the server's only model, whose name is in the key
            key = reply_key(request, self._backend.name, self._backend.model, getattr(self._backend, "base_url", None))
            stored = self._cache.get(key)
            if stored is not None:
                try:
                    parsed = parse(stored)
                except BadReply:
                    pass  # stored under another parser
                else:
                    self.usage.cached += 1
                    return parsed
        for draw in range(self._limits.redraws + 1):
            asked = request if draw == 0 else replace(request, seed=request.seed + draw * SEED_STEP)
            try:
                reply = await self._send(asked)
                parsed = parse(reply)
            except BadReply as problem:
                if draw == self._limits.redraws:
                    raise
                _log.info("%s: %s; asked again with another seed", request.task, problem)
                continue
            lacks_masses = request.choices and reply.masses is None  # a server may learn to give them
            if key is not None and self._cache is not None and not lacks_masses:
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
            nonlocal unavailable
            try:
                if pending:
                    raise pending.pop()
                return await self._once(request)
            except Unavailable:
                unavailable += 1  # here, as tenacity asks how long to wait before it asks whether to stop
                raise

        def wait(state: RetryCallState) -> float:
            failure = _failure(state)
            if isinstance(failure, RateLimited):
                return 0.0  # the pause makes it wait, and everyone else
            seconds = min(_LONGEST_WAIT, limits.first_wait * float(_WAIT_FACTOR) ** (unavailable - 1))
            return max(seconds, min(failure.retry_after or 0.0, limits.patience)) * random.uniform(1.0, 1.25)

        def stop(state: RetryCallState) -> bool:
            nonlocal limited_since
            failure, now = _failure(state), time.monotonic()
            if isinstance(failure, Unavailable):
                # A server that failed others for good since its last success isn't waited for by each in turn.
                return unavailable >= (1 if self._given_up[Unavailable] else limits.attempts)
            limited_since = limited_since or now
            left = limits.patience - (now - limited_since)
            if self._given_up[RateLimited] or left <= 0 or (failure.retry_after or 0.0) > left:
                return True
            self.pacing.told_to_wait(failure.retry_after, left)
            return False

        def tell(state: RetryCallState) -> None:
            failure = _failure(state)
            if isinstance(failure, RateLimited):
                _log.info("%s: %s; asked again after a pause", request.task, failure)
            else:
                _log.info("%s: %s; attempt %d in %.1f s", request.task, failure, unavailable + 1, state.upcoming_sleep)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type((RateLimited, Unavailable)),
            wait=wait,
            stop=stop,
            before_sleep=tell,
            reraise=True,
        )
        self.waiting += 1
        try:
            return await retrying(attempt)
        except (RateLimited, Unavailable) as failure:
            if self._last_success < began:
                self._given_up[RateLimited if isinstance(failure, RateLimited) else Unavailable] += 1
            raise
        finally:
            self.waiting -= 1

    async def _once(self, request: Request) -> Reply:
        if not self._is_ready:
            await self._become_ready()
        while True:
            await self.pacing.pause()
            async with self._slots:
                if self.stopping:
                    raise asyncio.CancelledError
                if self.pacing.pause_left > 0:
                    continue  # told to wait while this one waited for its slot: whoever sleeps holds none
                await self.pacing.admit(request)
                reply = await self._chat(request)
            break
        self._last_success = time.monotonic()
        if self._given_up:
            self._given_up.clear()
        self.usage.prompt_tokens += reply.prompt_tokens
        self.usage.completion_tokens += reply.completion_tokens
        self.pacing.answered(request, reply)
        return reply

    async def _chat(self, request: Request) -> Reply:
        task = asyncio.current_task()
        assert task is not None
        self.in_air.add(task)
        self.usage.requests += 1
        try:
            async with asyncio.timeout(self._limits.timeout):
                return await self._backend.chat(request)
        except TimeoutError:
            raise Unavailable(f"no reply within {self._limits.timeout:g} s") from None
        except asyncio.CancelledError:
            if task.cancelling():
                raise
            raise Unavailable("the client gave the request up") from None  # an SDK's own cancellation, not ours
        finally:
            self.in_air.discard(task)

    async def _become_ready(self) -> None:
        """Asks whether any request can succeed; before the first one only, as stored replies need no server."""
        if self._getting_ready is None:
            self._getting_ready = asyncio.ensure_future(self._backend.ready())
        getting_ready = self._getting_ready
        try:
            await asyncio.shield(getting_ready)
        except BackendFailure:
            if self._getting_ready is getting_ready:
                self._getting_ready = None  # asked again with the retry
            raise
        if not self._is_ready:
            _log.info("%s is ready: %s", self._backend.name, self._backend.model)
        self._is_ready = True

    def close(self) -> None:
        """Gives up getting ready, where that is still under way."""
        if self._getting_ready is not None:
            self._getting_ready.cancel()


def _failure(state: RetryCallState) -> RateLimited | Unavailable:
    assert state.outcome is not None
    failure = state.outcome.exception()
    assert isinstance(failure, RateLimited | Unavailable)
    return failure
