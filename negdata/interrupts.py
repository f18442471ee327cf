"""Ctrl-C: ends a run in order, and the process even where a thread is stuck."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import asyncio


@contextmanager
def orderly_signals(interrupt: Callable[[], None]) -> Iterator[None]:
    """Has Ctrl-C and SIGTERM call ``interrupt``, a second time too; a third one is a KeyboardInterrupt.

    Outside of the main thread, where signals don't arrive, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    presses = 0

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal presses
        presses += 1
        if presses > 2:
            raise KeyboardInterrupt
        interrupt()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Has SIGTERM raise KeyboardInterrupt, as Ctrl-C does, unless somebody handles it otherwise.

    Outside of the main thread, where signals don't arrive, it does nothing.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Closes an event loop without waiting for what would not be cancelled."""
    try:
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        # asyncio's word on the tasks that are left behind would only hide ours.
        loop.set_exception_handler(lambda _loop, _context: None)
        loop.close()


def leave(code: int) -> NoReturn:
    """Ends the process now.

    Python waits at its end for every thread, and one that computes a reply, or hangs in a driver, may take minutes.
    """
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    if not others:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
