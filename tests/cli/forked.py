"""Runs ``negdata`` commands in processes that have all heavy packages imported: as the command, in a fifth of the time.

Each is a process group of its own, with its own working folder, environment and output, so that it can be killed.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.cli.command import environment

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.cli.preloaded"])
_OUTPUTS = ("stdout", "stderr")


@dataclass(frozen=True)
class Done:
    """How a command ended; ``code`` is negative where a signal ended it."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """All that it said, in one line."""
        return " ".join((self.stderr + self.stdout).split())


class Running:
    """A command under way."""

    def __init__(self, process: ForkServerProcess, outputs: Path) -> None:
        self._process = process
        self._outputs = outputs

    @property
    def is_there(self) -> bool:
        return self._process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        """Sends it to the whole group."""
        assert self._process.pid is not None
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:  # it ended, or has no group yet
            if self.is_there:
                os.kill(self._process.pid, number)

    def wait_until(self, reached: Callable[[], bool], seconds: float = 60) -> None:
        """Returns as soon as something is reached, or the command has ended."""
        latest = time.monotonic() + seconds
        while self.is_there and not reached() and time.monotonic() < latest:
            time.sleep(0.002)

    def ended(self, seconds: float = 120) -> Done:
        self._process.join(seconds)
        assert self._process.exitcode is not None, "it hangs"
        told = [(self._outputs / name).read_text() if (self._outputs / name).is_file() else "" for name in _OUTPUTS]
        assert "Traceback" not in told[0] + told[1], told
        return Done(self._process.exitcode, *told)


def started(*arguments: str | Path, folder: Path, before: Callable[[], None] | None = None, **extra: str) -> Running:
    """Starts a command in ``folder``.

    Args:
        before: a function of a module; the process calls it first.
        extra: variables of the environment.
    """
    outputs = folder / f".said-{time.monotonic_ns()}"
    outputs.mkdir(parents=True)
    process = _CONTEXT.Process(
        target=_command, args=([*map(str, arguments)], folder, outputs, before, environment(folder, **extra))
    )
    process.start()
    return Running(process, outputs)


def negdata(
    *arguments: str | Path, folder: Path, code: int = 0, before: Callable[[], None] | None = None, **extra: str
) -> Done:
    """Runs a command in ``folder``; fails unless it exits with ``code``."""
    done = started(*arguments, folder=folder, before=before, **extra).ended()
    assert done.code == code, f"exit {done.code}\n{done.stdout}\n{done.stderr}"
    return done


def refused(*arguments: str | Path, folder: Path) -> str:
    """What a command says that refuses its input: exit code 2, in words."""
    return negdata(*arguments, folder=folder, code=2).said


def _command(
    arguments: list[str], folder: Path, outputs: Path, before: Callable[[], None] | None, variables: dict[str, str]
) -> None:
    from negdata.cli import main

    os.setsid()
    # A shell that runs tests in the background has them ignore Ctrl-C, and their children with them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    # It looked where the hub's files lie when it was imported.
    hub = sys.modules.get("huggingface_hub.constants")
    if hub is not None:
        importlib.reload(hub)
    for descriptor, name in enumerate(_OUTPUTS, 1):
        file = os.open(outputs / name, os.O_WRONLY | os.O_CREAT, 0o666)
        os.dup2(file, descriptor)
    if before is not None:
        before()
    sys.argv = ["negdata", *arguments]
    main()
