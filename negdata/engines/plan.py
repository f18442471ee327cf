"""How a run's rows are cut into blocks: written once, in the output, and read by every worker and every later run."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from negdata.engines.blocks import Block, Group, in_blocks
from negdata.errors import NegdataError
from negdata.records import FailedCaption
from negdata.storage import Storage

WORKING = ".working"
_PLAN = f"{WORKING}/plan.json"
_BLOCKS_A_WORKER, _FEWEST_A_WORKER = 16, 4
_LEAST, _MOST = 50, 5_000
"""Rows of a block: as many as make it worth its own files, as few as a worker that dies may have to do again."""
_MOST_BLOCKS = 20_000
"""Each part's manifest is read again at the end: more parts than this would take longer than their size is worth."""
_ROWS_A_SLOT = 20
"""A worker waits for the last replies of a block before it begins the next: so many rows to a slot make that little."""


class Plan(BaseModel):
    """The schema of the plan's file.

    Attributes:
        id: drawn for this plan: what was begun under another one is of no use.
        rows: how many the run takes; ``whole``: how many all shards take together.
        blocks: how many there are.
        notes: what the source has to say.
        known: what the command learned of the source as a whole.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default_factory=lambda: secrets.token_hex(4))
    rows: int
    whole: int
    blocks: int
    notes: list[str] = []
    known: dict[str, JsonValue] = {}


def rows_a_block(rows: int, workers: int, at_once: int) -> int:
    """How many rows a block has: enough blocks that no worker waits long for another at the end.

    Args:
        rows: of the run.
        workers: that share the blocks.
        at_once: requests that each of them has in flight.
    """
    for_slots = min(_ROWS_A_SLOT * at_once, rows // (_FEWEST_A_WORKER * workers))
    return max(_LEAST, for_slots, -(-rows // _MOST_BLOCKS), min(_MOST, rows // (_BLOCKS_A_WORKER * workers)))


def read_plan(storage: Storage) -> Plan | None:
    """The plan of a run that is under way; None where it wasn't made, or is of no use any more."""
    content = storage.read(_PLAN)
    if content is None:
        return None
    try:
        return Plan.model_validate(orjson.loads(content))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise NegdataError(f"{storage.folder / _PLAN} is no plan of negdata's.", "Start over with --fresh.") from error


def write_blocks(storage: Storage, groups: Iterable[Group], bad: Iterable[FailedCaption], rows: int) -> int:
    """Writes the files of blocks of so many rows, and tells how many there are."""
    number = 0
    for number, block in enumerate(in_blocks(groups, bad, rows), 1):
        storage.write(_block(number - 1), block.to_bytes())
    return number


def write_plan(storage: Storage, plan: Plan) -> None:
    """Writes the plan, once its blocks are there."""
    storage.write(_PLAN, orjson.dumps(plan.model_dump(mode="json"), option=orjson.OPT_INDENT_2))


def read_block(storage: Storage, number: int) -> Block:
    """A block; raises NegdataError where its file is gone."""
    content = storage.read(_block(number))
    if content is None:
        raise NegdataError(
            f"{storage.folder / _block(number)} is gone.",
            "Every worker has to see the output's folder: write to a folder that all machines share, or to s3://….",
        )
    return Block.from_bytes(content)


def remove_working(storage: Storage, blocks: int, keep: frozenset[int]) -> None:
    """Removes what only the run needed: all of it, or all but the blocks that a later run has to try again."""
    if not keep:
        storage.remove(_PLAN)  # first: a plan without its blocks would mislead a later run
    for number in range(blocks):
        if number not in keep:
            storage.remove(_block(number))


def _block(number: int) -> str:
    return f"{WORKING}/blocks/{number:05d}.jsonl.gz"
