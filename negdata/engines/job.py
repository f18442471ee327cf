"""What a command gives an engine: how the rows of an image become items, and what puts the items through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from negdata.askers import Driven
from negdata.backends.base import Backend
from negdata.engines.blocks import Group
from negdata.engines.plan import Plan
from negdata.limits import Limits
from negdata.records import FailedCaption
from negdata.replies import ReplyCache
from negdata.runner import Item, Stage


@dataclass(frozen=True)
class Bench:
    """What a worker works with, made once and used for block after block.

    Attributes:
        stage: one item in, one outcome out.
        items: of the rows of an image, those that the run takes.
        unusable: the item of a row that can't be used.
        backend: what the stage asks; ``further`` by name.
        cache: of replies.
    """

    stage: Stage[Any]
    items: Callable[[Group], Iterator[Item]]
    unusable: Callable[[FailedCaption], Item]
    backend: Backend | None = None
    further: Mapping[str, Driven] = field(default_factory=dict)
    cache: ReplyCache | None = None


class Job(Protocol):
    """A command's work; it is pickled to get to a worker, whose machine sees the same files under the same names."""

    def opened(self, plan: Plan, limits: Limits) -> AbstractContextManager[Bench]:
        """The bench of one worker.

        Args:
            plan: of the run.
            limits: the worker's share of what the run may ask of a server.

        Raises:
            NegdataError: on this machine a package, a file or a key is missing.
        """


def asks_servers(backends: Iterable[Backend]) -> bool:
    """Whether one of them is behind an address, so that workers share the requests in flight."""
    return any(hasattr(backend, "base_url") for backend in backends)


def holds_models(backends: Iterable[Backend]) -> bool:
    """Whether one of them is a model in the process that asks it."""
    return any(backend.cacheable and not hasattr(backend, "base_url") for backend in backends)
