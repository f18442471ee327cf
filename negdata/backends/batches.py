"""Requests to a model in this process: those that arrive while it is at work form its next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from negdata.backends.base import Reply, Request

Waiting = tuple[Request, "asyncio.Future[Reply]"]
"""A request, and where its reply or failure goes."""


class Batches:
    """The queue before a model.

    Attributes:
        most: requests in a batch at most; it may shrink while batches are formed.
    """

    def __init__(self, most: int, answer: Callable[[list[Waiting]], Awaitable[None]]) -> None:
        """``answer`` settles the future of each request of a batch; it is called for one batch at a time."""
        self.most = most
        self._answer = answer
        self._queue: list[Waiting] = []
        self._busy = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, request: Request) -> Reply:
        """Joins the next batch; the reply, or the failure that ``answer`` sets."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        if not self._busy:
            self._busy = True
            task = asyncio.ensure_future(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    def cancel(self) -> None:
        """Gives up the batch under way and all that wait."""
        for task in self._tasks:
            task.cancel()
        for _, future in self._queue:
            future.cancel()

    async def _work(self) -> None:
        try:
            await asyncio.sleep(0)  # lets requests of the same moment join the first batch
            while self._queue:
                batch, self._queue = self._queue[: self.most], self._queue[self.most :]
                if batch := [pair for pair in batch if not pair[1].done()]:
                    await self._answer(batch)
        finally:
            self._busy = False
