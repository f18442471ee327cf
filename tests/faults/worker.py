"""A process to kill: captions records with a slow stage, with a server or without one.

``python -m tests.faults.worker OUT COUNT [--server PORT] [--seconds S] [--torn-writes]``
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.interrupts import leave
from negdata.records import CaptionRecord, Kept, Outcome, Rejected, RejectedCaption
from negdata.replies import ReplyCache
from negdata.runner import Ask, Limits, run_stage
from negdata.store import open_store
from tests.faults.client import PlainBackend, ask_once, records, sdk_backend


def write_in_pieces() -> None:
    """Writes in two pieces with a pause between, so that a kill often lands in the middle of a line or a manifest."""
    write = os.write

    def in_pieces(descriptor: int, content: Any) -> int:
        if len(content) > 20:
            content = content[: len(content) // 2]
            done = write(descriptor, content)
            time.sleep(0.0005)
            return done
        return write(descriptor, content)

    os.write = in_pieces


def main() -> None:
    """Runs the stage; exits as the command line does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--server", type=int)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--sdk", action="store_true")
    parser.add_argument("--torn-writes", action="store_true")
    parser.add_argument("--block-thread", type=float, default=0.0)
    options = parser.parse_args()
    if options.torn_writes:
        write_in_pieces()

    async def stage(item: CaptionRecord, ask: Ask) -> Outcome:
        await asyncio.sleep(options.seconds)
        if options.block_thread:
            await asyncio.to_thread(time.sleep, options.block_thread)
        outcome: Outcome = (
            await ask_once(item, ask)
            if options.server
            else Kept(item.model_copy(update={"negated_caption": f"{item.caption} with no dog"}))
        )
        if int(item.id[2:]) % 7 == 3:
            return Rejected(RejectedCaption(**outcome.record.model_dump(), reason="unlucky"), "unlucky")
        return outcome

    url = f"http://127.0.0.1:{options.server}/v1"
    backend = sdk_backend(url) if options.sdk else PlainBackend(url)
    try:
        with (
            ReplyCache(options.out.parent / "replies.sqlite") as cache,
            open_store(options.out, {"count": options.count}, command="worker") as store,
        ):
            print("running", threading.active_count(), flush=True)
            run_stage(
                records(options.count), stage, backend=backend, store=store, limits=Limits(concurrency=8), cache=cache
            )
    except NegdataError as error:
        print(error, file=sys.stderr)
        leave(error.exit_code)


if __name__ == "__main__":
    main()
