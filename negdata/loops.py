"""Runs asynchronous work from plain code: in a script, or in a notebook, whose thread runs an event loop already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def outside_of_loops(work: Callable[[], T]) -> T:
    """Calls ``work``, which runs a loop of its own; on a thread of its own where this thread's loop is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="negdata") as thread:
        return thread.submit(work).result()
