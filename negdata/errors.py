"""What goes wrong for a user, in two sentences, and the exit codes of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILURES = 1
    USAGE = 2
    INTERRUPTED = 130


class NegdataError(Exception):
    """An error that a person can act on; it ends the command without a traceback.

    Args:
        problem: one sentence on what is wrong: which file, line, field, value.
        remedy: one sentence on what to do.
    """

    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[NegdataError], tuple[str, str]]:
        return type(self), (self.problem, self.remedy)


class TooManyFailures(NegdataError):
    """The failure budget of a run is spent; what is done is kept and can be resumed."""

    exit_code = ExitCode.FAILURES


class Interrupted(NegdataError):
    """The user pressed Ctrl-C; what is done is kept and can be resumed."""

    exit_code = ExitCode.INTERRUPTED


class RecordFailure(Exception):
    """One record can't be finished; it fails with this ``code``, and the run goes on."""

    code = "failed"


def unknown_name(kind: str, name: str, known: Iterable[str]) -> NegdataError:
    """The error for a name that no registry holds, with the nearest known one."""
    names = sorted(known)
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return NegdataError(f"There is no {kind} named {name!r}.", f"{hint}Known names: {', '.join(names)}.")
