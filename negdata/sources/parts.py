"""A folder of parts, which many machines wrote, as one source: the records that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.parts import Parts
from negdata.sources.base import Columns, RawRow, Row, bad_row, shorten
from negdata.sources.tables import table_row, unused_columns


class PartsSource:
    """The kept records of a dataset of parts that is complete, here or elsewhere, streamed."""

    format = "parts"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self.unused: set[str] = set()
        self._image_required = image_required
        self._columns = Columns(columns.image or "image", columns.caption or "caption")
        self._parts = Parts(path)
        self._parts.whole()  # one that isn't complete is told of before anything is read

    def digest(self) -> str:
        return self._parts.digest()

    def rows(self) -> Iterator[Row]:
        for number, line in enumerate(self._parts.lines("kept"), 1):
            where = f"record {number}"
            values = _values(line)
            if values is None:
                raw = RawRow(where=where, id=f"{self.path.name}:{number}", image=None, caption=None)
                yield bad_row(raw, f"it is no JSON object: {shorten(line.decode('utf-8', 'replace').strip())!r}")
                continue
            self.unused |= unused_columns(values, self._columns)
            yield table_row(self.path, number, where, values, self._columns, image_required=self._image_required)


def _values(line: bytes) -> dict[str, Any] | None:
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return values if isinstance(values, dict) else None
