"""JSON lines: one object a line, with an image and a caption key; our own caption records are such a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.remote.copies import local_copy
from negdata.sources.base import Columns, RawRow, Row, bad_row, empty, file_digest, shorten, unreadable
from negdata.sources.tables import choose_columns, table_row, unused_columns

MAX_LINE_BYTES = 16 << 20


class JsonlSource:
    """A file of JSON lines, streamed."""

    format = "jsonl"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self.unused: set[str] = set()
        self._image_required = image_required
        first = next((row for _, row in read_objects(path) if isinstance(row, dict)), None)
        if first is None:
            if not any(True for _ in read_objects(path)):
                raise empty(path)
            raise NegdataError(
                f"{path} holds no JSON object on any line.", "Each line must be an object with an image and a caption."
            )
        self._columns = choose_columns(path, first, columns, image_required=image_required)

    def digest(self) -> str:
        return file_digest(self.path)

    def rows(self) -> Iterator[Row]:
        for number, values in read_objects(self.path):
            where = f"line {number}"
            if isinstance(values, dict):
                self.unused |= unused_columns(values, self._columns)
                yield table_row(self.path, number, where, values, self._columns, image_required=self._image_required)
            else:
                raw = RawRow(where=where, id=f"{self.path.stem}:{number}", image=None, caption=None)
                yield bad_row(raw, str(values) if isinstance(values, NotJson) else "it is not a JSON object")


def read_objects(path: Path) -> Iterator[tuple[int, Any]]:
    """The number and the value of every line that isn't blank, a ``NotJson`` for one that has no value."""
    try:
        with local_copy(path).open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES):
                number += 1
                if not line.endswith(b"\n") and len(line) == MAX_LINE_BYTES:
                    while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                        continue
                    yield number, NotJson(f"the line is longer than {MAX_LINE_BYTES >> 20} MB")
                    continue
                line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if not line.strip():
                    continue
                try:
                    yield number, orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    shown = shorten(line.decode("utf-8", "replace").strip())
                    yield number, NotJson(f"it is not valid JSON: {error.msg.split(':')[0]} in {shown!r}")
    except OSError as error:
        raise unreadable(path, error) from error


class NotJson(str):
    """Why a line is not JSON; a class of its own, since a JSON string is text as well."""

    __slots__ = ()
