"""A stand-in for a command's job: a stage that waits, and fails where a record's id says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from negdata.asking import Ask
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.engines.blocks import Group
from negdata.engines.dataset import PartsRun
from negdata.engines.job import Bench
from negdata.engines.plan import Plan, write_blocks
from negdata.engines.settings import EngineSettings
from negdata.errors import RecordFailure
from negdata.limits import Limits
from negdata.records import CaptionRecord, Kept, Outcome
from negdata.storage import Storage


@dataclass(frozen=True)
class SlowJob:
    """Each record takes ``seconds``; those whose id begins with ``f`` fail."""

    seconds: float = 0.01

    @contextmanager
    def opened(self, plan: Plan, limits: Limits) -> Iterator[Bench]:
        del plan, limits

        async def stage(item: CaptionItem, ask: Ask) -> Outcome:
            del ask
            await asyncio.sleep(self.seconds)
            if item.id.startswith("f"):
                raise RecordFailure("it is to fail")
            return Kept(item.record)

        yield Bench(stage=stage, items=_items, unusable=UnusableItem)


def _items(group: Group) -> Iterator[CaptionItem]:
    return (CaptionItem(record) for record, taken in group.rows if taken)


def run_of(
    folder: Path, ids: list[str], *, job: SlowJob | None = None, rows_a_block: int = 50, **engine: object
) -> PartsRun:
    """A run over records of these ids, each with an image of its own."""

    def plan(storage: Storage, _rows_a_block: Callable[[int], int]) -> Plan:
        groups = (Group(((CaptionRecord(id=identity, caption="a dog"), True),)) for identity in ids)
        return Plan(rows=len(ids), whole=len(ids), blocks=write_blocks(storage, groups, (), rows_a_block))

    return PartsRun(
        folder=folder,
        identity={"of": "a test"},
        command="a test",
        engine=EngineSettings(**engine),  # type: ignore[arg-type]
        limits=Limits(max_failures=0.05),
        backends=(),
        limit=None,
        plan=plan,
        job=job or SlowJob(),
        facts=lambda plan: {},
    )


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Waits for something that has to come."""
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest, "it didn't come"
        time.sleep(0.02)
