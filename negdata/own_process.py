"""A program that ends with the process that started it, however that ends.

A watcher stands between the two, with a pipe from the one that started it: when the pipe closes, be it by ``kill -9``,
it ends the program and all processes that the program has started. It is no child of the one that started it, as Ray
kills the children of its workers. This file is run as the watcher, by itself: it imports nothing of negdata's.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 10.0
"""For the program to end in order, once it is told to."""
_SET_DEATH_SIGNAL = 1


class OwnProcess:
    """A program that was started, and the process that waits for its watcher."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], log: Path, folder: Path) -> None:
        """Starts it.

        Args:
            log: what it prints.
            folder: of this process and the program alone; removed where this process ends without ``stop``.
        """
        with log.open("wb") as out:
            self._beside = subprocess.Popen(
                [sys.executable, "-I", __file__, str(folder), *command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C is for the process that started it to handle
            )

    @property
    def has_ended(self) -> bool:
        """Whether the program has ended by itself."""
        return self._beside.poll() is not None

    def stop(self) -> None:
        """Ends it, and waits until it has."""
        assert self._beside.stdin is not None
        with suppress(OSError):
            self._beside.stdin.write(b"stop")  # the folder stays
        with suppress(OSError):
            self._beside.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._beside.wait(2 * GRACE_SECONDS)


def stand_aside() -> int | None:
    """Goes on in a new process, the watcher; in the old one, once the watcher has ended, gives its exit code."""
    watcher = os.fork()
    if watcher == 0:
        os.setsid()
        return None
    os.close(0)
    return os.waitstatus_to_exitcode(os.waitpid(watcher, 0)[1])


def watch(folder: Path, command: Sequence[str]) -> int:
    """Runs the program until it ends or standard input closes; its exit code, or that of the signal that ended it."""
    libc = ctypes.CDLL(None)

    def end_with_watcher() -> None:
        libc.prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)

    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=end_with_watcher)
    told: list[bytes] = []

    def read() -> None:
        while word := os.read(0, 64):
            told.append(word)
        told.append(b"")
        with suppress(ProcessLookupError):
            program.terminate()
        time.sleep(GRACE_SECONDS)
        _kill_group(program.pid)

    threading.Thread(target=read, daemon=True).start()
    code = program.wait()
    _kill_group(program.pid)
    if told == [b""]:  # the pipe closed without a word
        shutil.rmtree(folder, ignore_errors=True)
    return code if code >= 0 else 128 - code


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    ended = stand_aside()
    sys.exit(watch(Path(sys.argv[1]), sys.argv[2:]) if ended is None else ended)
