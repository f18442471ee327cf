"""Work on a caption that is one request and nothing else, so that millions go through the engine in an hour.

All around it is the real engine's: asking, limits, stores, parts. Left out are the objects that are looked up, the
prompts, and the checks of what comes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from negdata.asking import Ask
from negdata.backends.base import Message, Reply, Request, Sampling
from negdata.caption import in_parts
from negdata.caption.item import UnusableItem
from negdata.caption.settings import CaptionSettings
from negdata.caption.setup import backend_of
from negdata.engines.blocks import Group
from negdata.engines.job import Bench
from negdata.engines.plan import Plan
from negdata.limits import Limits
from negdata.records import CaptionRecord, Kept

_OBJECT = "zebra"
_REQUEST = Request(
    task="propose",
    prompt="none",
    inputs={"candidates": [_OBJECT]},
    messages=(Message("user", "An object, please."),),
    schema=None,
    sampling=Sampling(),
    seed=0,
)


@dataclass(frozen=True)
class LightJob:
    """In the place of ``CaptionJob``; see ``Job``."""

    settings: CaptionSettings

    @contextmanager
    def opened(self, plan: Plan, limits: Limits) -> Iterator[Bench]:
        """See ``Job``."""
        del plan, limits
        yield Bench(stage=_ask_once, items=_taken, unusable=UnusableItem, backend=backend_of(self.settings))


def light_work() -> AbstractContextManager[object]:
    """While it is open, runs of ``caption`` in parts do the light work; their plans stay what they are."""
    return patch.object(in_parts, "CaptionJob", LightJob)


def _taken(group: Group) -> Iterator[CaptionRecord]:
    return (record for record, taken in group.rows if taken)


async def _ask_once(record: CaptionRecord, ask: Ask) -> Kept:
    await ask(_REQUEST, _text)
    denied = f"{record.caption.rstrip(' .')}, with no {_OBJECT} in sight."
    return Kept(record.model_copy(update={"negated": _OBJECT, "negated_caption": denied}))


def _text(reply: Reply) -> str:
    return reply.text
