"""An append-only file of one JSON record a line that survives being killed in the middle of a write."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.whole_files import sync, write_error

_BLOCK = 1 << 16


class LineFile:
    """Appends lines, each by one unbuffered write.

    A line counts once its newline is in the file. What follows the last newline was being written when the process
    died, and is cut off on opening, even where it happens to be whole JSON: the record is made again.

    Raises:
        NegdataError: the file can't be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise write_error(path, error) from error
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.close(self._descriptor)
            raise NegdataError(f"{path} is no plain file.", "Give another --out.")
        self._unsynced = False
        self._size = self._cut_torn_line()

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The line number and content of every record; raises NegdataError at a line that is none."""
        try:
            with self.path.open("rb", buffering=_BLOCK) as file:
                for number, line in enumerate(file, 1):
                    yield number, self._record(number, line)
        except OSError as error:
            raise NegdataError(
                f"{self.path} can't be read: {error.strerror}.", "Check the file and its disk."
            ) from error

    def append(self, line: bytes) -> None:
        """Writes one line, newline included; on a full disk the file ends with the last whole line."""
        written = 0
        try:
            while written < len(line):
                written += os.write(self._descriptor, line[written:] if written else line)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise write_error(self.path, error) from error
        self._size += written
        self._unsynced = True

    def empty(self) -> None:
        """Removes every line at once."""
        try:
            os.ftruncate(self._descriptor, 0)
        except OSError as error:
            raise write_error(self.path, error) from error
        self._size = 0

    def sync(self) -> None:
        """Has the disk take what was written."""
        if not self._unsynced:
            return
        sync(self._descriptor, self.path)
        self._unsynced = False

    def check_size(self) -> None:
        """Raises NegdataError where someone else changed the file."""
        size = os.fstat(self._descriptor).st_size
        if size != self._size:
            raise NegdataError(
                f"{self.path} has {size:,} bytes where {self._size:,} were written: something else changed it.",
                "Run again with --fresh, and let nothing else write to the output.",
            )

    def close(self) -> None:
        """Closes the file; further calls do nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _record(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if isinstance(record, dict) and isinstance(record.get("id"), str):
            return record
        raise NegdataError(
            f"Line {number} of {self.path} is no record with an id.",
            "Remove that line to have its record made again, or start over with --fresh.",
        )

    def _cut_torn_line(self) -> int:
        size = os.fstat(self._descriptor).st_size
        end = size
        try:
            while end > 0:
                start = max(0, end - _BLOCK)
                newline = os.pread(self._descriptor, end - start, start).rfind(b"\n")
                if newline >= 0:
                    end = start + newline + 1
                    break
                end = start
            if end < size:
                os.ftruncate(self._descriptor, end)
        except OSError as error:
            os.close(self._descriptor)
            raise write_error(self.path, error) from error
        return end
