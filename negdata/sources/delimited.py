"""CSV and TSV with a header line; the delimiter is told from the header."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.remote.copies import local_copy
from negdata.sources.base import Columns, RawRow, Row, bad_row, empty, file_digest, unreadable
from negdata.sources.tables import choose_columns, table_row, unused_columns

MAX_FIELD_BYTES = 16 << 20


class DelimitedFile:
    """The header and the cells of a CSV or TSV file; bytes that are no UTF-8 become U+FFFD.

    Raises:
        NegdataError: the file can't be read, or is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = local_copy(path)
        csv.field_size_limit(MAX_FIELD_BYTES)
        try:
            with self.path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
                header_line = file.readline(MAX_FIELD_BYTES)
        except OSError as error:
            raise unreadable(path, error) from error
        if not header_line.strip():
            raise empty(path)
        self._delimiter = max(",\t;|", key=header_line.count)
        self.header: list[str] = next(csv.reader([header_line], delimiter=self._delimiter))

    def rows(self) -> Iterator[tuple[int, str, list[str]]]:
        """The number, the place ("line 12") and the cells of every row; NegdataError where the quoting is broken."""
        number = 0
        try:
            with self.path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
                reader = csv.reader(file, delimiter=self._delimiter)
                next(reader)
                for number, cells in enumerate((cells for cells in reader if cells), 1):
                    yield number, f"line {reader.line_num}", cells
        except OSError as error:
            raise unreadable(self.path, error) from error
        except csv.Error as error:
            raise NegdataError(
                f"{self.path} can't be read as CSV after row {number}: {error}.", "Check the quoting around that row."
            ) from error

    def misfit(self, cells: list[str]) -> str | None:
        """Why a row can't be told apart into the header's columns, or None."""
        if len(cells) == len(self.header):
            return None
        return f"it has {len(cells)} fields where the header has {len(self.header)}"


class DelimitedSource:
    """A CSV or TSV file, streamed."""

    format = "csv"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self._image_required = image_required
        self._file = DelimitedFile(path)
        self._columns = choose_columns(path, self._file.header, columns, image_required=image_required)
        self.unused = unused_columns(self._file.header, self._columns)

    def digest(self) -> str:
        return file_digest(self.path)

    def rows(self) -> Iterator[Row]:
        number = 0
        for number, where, cells in self._file.rows():
            yield self._row(number, where, cells)
        if number == 0:
            raise empty(self.path)

    def _row(self, number: int, where: str, cells: list[str]) -> Row:
        misfit = self._file.misfit(cells)
        if misfit is not None:
            raw = RawRow(where=where, id=f"{self.path.stem}:{number}", image=None, caption=None)
            return bad_row(raw, misfit)
        values: dict[str, JsonValue] = dict(zip(self._file.header, cells, strict=True))
        return table_row(self.path, number, where, values, self._columns, image_required=self._image_required)
