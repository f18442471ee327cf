"""What everything printed goes through: consoles, sentences, tables, and text made safe to show.

Tables go to standard output, progress and errors to standard error, so that output can be piped. How much is said is
decided here alone: ``--quiet`` leaves errors and what was asked for, ``--verbose`` adds what is logged. Colours follow
``NO_COLOR`` and ``FORCE_COLOR``, which Rich reads.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from negdata.redact import redact

if TYPE_CHECKING:
    from negdata.errors import NegdataError

out = Console(highlight=False, soft_wrap=False)
"""What was asked for: figures, lists, verdicts."""
account = Console(highlight=False, soft_wrap=False)
"""How a run ended; on standard output too, and silent under ``--quiet``."""
err = Console(stderr=True, highlight=False)
"""Progress and notes; silent under ``--quiet``."""
_alarm = Console(stderr=True, highlight=False)
_log = logging.getLogger("negdata")
_MOST_CAUSES = 3


def speak(*, quiet: bool = False, verbose: bool = False) -> None:
    """Decides how much is said from here on."""
    account.quiet = err.quiet = quiet
    for handler in [one for one in _log.handlers if isinstance(one, _Spoken)]:
        _log.removeHandler(handler)
    if verbose:
        _log.addHandler(_Spoken())
        _log.setLevel(logging.DEBUG)


class _Spoken(logging.Handler):
    """What the package logs, a line each on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        sentence(err, Text(f"· {visible(redact(record.getMessage()))}", style="bright_black"))


def error(problem: NegdataError) -> None:
    """Two sentences on standard error: what is wrong, what to do; under ``--verbose`` also what it came of."""
    sentence(_alarm, Text.assemble(("error: ", "bold red"), visible(redact(problem.problem))))
    sentence(_alarm, Text(visible(redact(problem.remedy))))
    for cause in _causes(problem):
        _log.debug("because of %s", cause)


def _causes(problem: BaseException) -> list[str]:
    """What an error came of, the nearest first; what only says the same again is left out."""
    found: dict[str, str] = {}
    seen: set[int] = set()  # errors that were raised again may go in a circle
    cause = problem.__cause__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        found.setdefault(str(cause), f"{type(cause).__name__}: {cause}")
        cause = cause.__cause__ or cause.__context__
    return list(found.values())[:_MOST_CAUSES]


def shortfall(text: str) -> None:
    """Why the exit code isn't 0, where ``--quiet`` leaves out the summary that says so."""
    if account.quiet:
        sentence(_alarm, Text.assemble(("incomplete: ", "bold red"), visible(text)))


def warning(text: str) -> None:
    """One line on standard error."""
    sentence(err, Text.assemble(("note: ", "yellow"), visible(text)))


def sentence(to: Console, text: Text | str) -> None:
    """A line that breaks between words in a terminal and stays whole in a file or a pipe."""
    to.print(text, soft_wrap=not on_screen(to))


def on_screen(console: Console) -> bool:
    """Whether a console writes to a terminal; ``FORCE_COLOR`` colours a pipe, and makes no screen of it."""
    file = console.file
    return console.is_terminal and (file.isatty() if file in (sys.stdout, sys.stderr) else True)


def visible(text: str) -> str:
    """Text from files and servers with control characters shown, so that it can't steer the terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def json_line(text: str) -> None:
    """A machine's output, as it is."""
    sys.stdout.write(text + "\n")


def lines(text: str) -> None:
    """Lines for a machine, as they are."""
    sys.stdout.write(text)


def line(text: str) -> None:
    """One plain line about how it ended."""
    sentence(account, Text(visible(text)))


def duration(seconds: float) -> str:
    """Seconds as people say them: 8.2 s, 3:05 min, 2:10:00 h."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def size(count: int) -> str:
    """Bytes as people say them: 312 bytes, 4.0 kB, 1.2 GB."""
    if count < 1_000:
        return f"{count} bytes"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1_000
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"
    return f"{value / 1_000:.1f} TB"


def new_table(first: str, *columns: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=bool(first or columns), header_style="bold")
    table.add_column(first)
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return table
