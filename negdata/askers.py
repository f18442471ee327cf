"""The ``Ask`` of a run on this machine: one asker a backend, seen by the runner as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from negdata.asking import Asker
from negdata.backends.base import Backend, Reply, Request
from negdata.limits import Limits
from negdata.manifest import Usage
from negdata.pacing import Pacing
from negdata.replies import ReplyCache

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Driven:
    """A further backend of a run, with limits of its own."""

    backend: Backend
    limits: Limits


MakePacing = Callable[[str | None, Limits], Pacing]
"""Makes the gate before a backend, by its name among those of the run and its limits."""


def own_pacing(_name: str | None, limits: Limits) -> Pacing:
    """A gate of this process alone."""
    return Pacing(limits)


class Askers:
    """Sends each request to the asker of its backend; each keeps its own slots, pace and retries."""

    def __init__(
        self,
        backend: Backend | None,
        further: Mapping[str, Driven],
        limits: Limits,
        cache: ReplyCache | None,
        pacing: MakePacing = own_pacing,
    ) -> None:
        self._driven: dict[str | None, Driven] = {}
        if backend is not None:
            self._driven[None] = Driven(backend, limits)
        self._driven.update(further.items())
        self._askers = {
            name: Asker(one.backend, one.limits, cache, pacing(name, one.limits)) for name, one in self._driven.items()
        }

    async def __call__(self, request: Request, parse: Callable[[Reply], T], *, of: str | None = None) -> T:
        """See ``Ask``."""
        return await self._askers[of](request, parse)

    @property
    def concurrency(self) -> int:
        """Requests in flight at most."""
        return sum(one.limits.concurrency for one in self._driven.values())

    @property
    def usage(self) -> Usage:
        """What was asked so far, of all backends together."""
        total = Usage()
        for asker in self._askers.values():
            total = total.plus(asker.usage)
        return total

    @property
    def in_air(self) -> set[asyncio.Task[object]]:
        """The tasks whose request a backend is at work on."""
        return set().union(*(asker.in_air for asker in self._askers.values()))

    @property
    def in_flight(self) -> int:
        """Requests that a backend is at work on."""
        return sum(asker.in_flight for asker in self._askers.values())

    @property
    def waiting(self) -> int:
        """Requests that wait to be sent again."""
        return sum(asker.waiting for asker in self._askers.values())

    @property
    def pause_left(self) -> float:
        """Seconds for which some backend is not asked, because its server said so."""
        return max((asker.pacing.pause_left for asker in self._askers.values()), default=0.0)

    def pause(self, seconds: float) -> None:
        """Asks no backend for so long, because another process was told to wait."""
        for asker in self._askers.values():
            asker.pacing.hold(seconds)

    @property
    def getting_ready(self) -> bool:
        """Whether a server is being looked for, or a model loaded."""
        return any(asker.getting_ready for asker in self._askers.values())

    @property
    def is_gone(self) -> bool:
        """Whether a backend gives no reply any more."""
        return any(asker.is_gone for asker in self._askers.values())

    @property
    def notes(self) -> list[str]:
        """What the backends have to tell the user."""
        return [note for one in self._driven.values() for note in getattr(one.backend, "notes", ())]

    def stop(self) -> None:
        """Sends no further request."""
        for asker in self._askers.values():
            asker.stopping = True

    def close(self) -> None:
        """Gives up getting ready, where that is still under way."""
        for asker in self._askers.values():
            asker.close()

    async def close_backends(self) -> None:
        """Closes every backend; an error of one keeps no other from it."""
        closing = (one.backend.close() for one in self._driven.values())
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
