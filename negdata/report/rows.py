"""Reads JSON lines that may still be written, or were cut short: what can be read is, and the rest is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from negdata.remote.copies import local_copy
from negdata.remote.errors import Missing
from negdata.sources.base import unreadable

_TOLD = 3


@dataclass(slots=True)
class Rows:
    """The objects of a file.

    Attributes:
        torn: whether the last line was being written when the file was read, or when the process died.
        bad: the numbers of lines that are no object.
    """

    values: list[dict[str, Any]] = field(default_factory=list)
    torn: bool = False
    bad: list[int] = field(default_factory=list)

    def notes(self, path: Path) -> list[str]:
        """What there is to tell."""
        told = []
        if self.torn:
            told.append(f"The last line of {path.name} is cut off: it was being written. It isn't shown.")
        if self.bad:
            lines = ", ".join(f"{number:,}" for number in self.bad[:_TOLD])
            more = f" and {len(self.bad) - _TOLD:,} more" if len(self.bad) > _TOLD else ""
            told.append(f"What stands in {path.name} on line {lines}{more} can't be read as a record, and isn't shown.")
        return told


def read_rows(path: Path, *, missing: bool = False) -> Rows:
    """The objects of a file, one a line.

    Args:
        missing: whether a file that isn't there is an empty one.

    Raises:
        NegdataError: it can't be read.
    """
    try:
        with local_copy(path).open("rb") as file:
            return rows_of(file)
    except (OSError, Missing) as error:
        if missing and isinstance(error, FileNotFoundError | Missing):
            return Rows()
        raise unreadable(path, error) if isinstance(error, OSError) else error from error


def rows_of(lines: Iterable[bytes]) -> Rows:
    """The objects of lines that end in a newline each, but for one that is torn."""
    rows = Rows()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        value = _value(line)
        if value is not None:
            rows.values.append(value)
        elif line.endswith(b"\n"):
            rows.bad.append(number)
        else:
            rows.torn = True
    return rows


def _value(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
