"""Parquet: typed, nested columns, compressed with zstd, so many records a file."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.publish.columns import Column, IdTypes
from negdata.publish.files import HashedFile, PublishedFile
from negdata.publish.rows import Row, values

ROWS_A_GROUP = 10_000
BYTES_A_GROUP = 64 << 20
"""Of images: what is held in memory before it is written."""


class ParquetWriter:
    """Writes ``STEM-00000.parquet``, ``STEM-00001.parquet`` …

    Attributes:
        table_bytes: the size of all columns in memory, which the Hub's cards tell.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        columns: tuple[Column, ...],
        ids: IdTypes,
        *,
        rows_a_file: int,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Raises NegdataError where pyarrow is missing.

        Args:
            folder: the dataset's.
            stem: the beginning of the files' names, folders included.
            columns: what they hold; where ``image`` is an image, every row has to bring one.
            ids: the types of ids.
            rows_a_file: records in a file at most.
            metadata: of the schema.
        """
        self.table_bytes = 0
        self._folder = folder
        self._stem = stem
        self._schema = arrow_schema(columns, metadata)
        self._ids = ids
        self._embeds = any(column.type == "image" for column in columns)
        self._rows_a_file = rows_a_file
        self._rows: list[dict[str, Any]] = []
        self._image_bytes = 0
        self._in_file = 0
        self._file: HashedFile | None = None
        self._parquet: Any = None
        self._done: list[PublishedFile] = []

    def add(self, row: Row) -> None:
        """Takes a record; raises OSError where it can't be written."""
        told: dict[str, Any] = dict(values(row.record, self._ids))
        if self._embeds:
            assert row.original is not None
            told["image"] = {"bytes": row.original.content, "path": row.record.image}
            self._image_bytes += len(row.original.content)
        self._rows.append(told)
        full = self._in_file + len(self._rows) >= self._rows_a_file
        if full or len(self._rows) >= ROWS_A_GROUP or self._image_bytes >= BYTES_A_GROUP:
            self._write_group()
        if full:
            self._end_file()

    def finish(self) -> list[PublishedFile]:
        """Writes what is left, and tells of all the files."""
        self._write_group()
        self._end_file()
        return self._done

    def abandon(self) -> None:
        """Closes what is open."""
        if self._file is not None:
            with contextlib.suppress(Exception):  # the footer of a file that nobody will read
                self._parquet.close()
            self._parquet.is_open = False  # else it tries again when it is collected, and complains
            with contextlib.suppress(OSError):
                self._file.close()

    def _write_group(self) -> None:
        import pyarrow
        from pyarrow import parquet

        if not self._rows:
            return
        if self._file is None:
            name = f"{self._stem}-{len(self._done):05d}.parquet"
            self._file = HashedFile(self._folder, name, "application/x-parquet")
            self._parquet = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        try:
            table = pyarrow.Table.from_pylist(self._rows, schema=self._schema)
        except pyarrow.ArrowException as error:  # the first pass has seen that all of them fit
            raise NegdataError(
                "The source changed while it was read.", "Let nothing write to it, and run again."
            ) from error
        self._parquet.write_table(table, row_group_size=len(self._rows))
        self.table_bytes += table.nbytes
        self._in_file += len(self._rows)
        self._rows, self._image_bytes = [], 0

    def _end_file(self) -> None:
        if self._file is not None:
            self._parquet.close()
            self._done.append(self._file.complete())
            self._file, self._in_file = None, 0


def arrow_schema(columns: tuple[Column, ...], metadata: Mapping[str, str] | None = None) -> Any:
    """The columns as pyarrow has them; raises NegdataError where it is missing."""
    try:
        import pyarrow
    except ImportError as error:
        raise NegdataError(
            "Parquet is written by pyarrow, which isn't installed.", 'Run: pip install "negdata[hf]"'
        ) from error
    fields = [pyarrow.field(column.name, _arrow_type(column)) for column in columns]
    return pyarrow.schema(fields, metadata=dict(metadata) if metadata else None)


def _arrow_type(column: Column) -> Any:
    import pyarrow

    if column.type == "image":
        return pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    if column.type == "struct":
        return pyarrow.struct([(member.name, _arrow_type(member)) for member in column.members])
    types = {"string": pyarrow.string, "int64": pyarrow.int64, "float64": pyarrow.float64, "bool": pyarrow.bool_}
    return types[column.type]()
