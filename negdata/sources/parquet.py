"""Parquet with an image and a caption column, read in batches (pyarrow, the ``hf`` extra)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.remote.copies import local_copy
from negdata.sources.base import Columns, Row, empty, file_digest, unreadable
from negdata.sources.tables import choose_columns, table_row, unused_columns

BATCH_ROWS = 4_096


class ParquetSource:
    """A parquet file, streamed by batches of the columns that are used."""

    format = "parquet"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = local_copy(path)
        self._image_required = image_required
        with self._open() as file:
            schema = file.schema_arrow
            present = list(schema.names)
            if file.metadata.num_rows == 0:
                raise empty(path)
        self._columns = choose_columns(path, present, columns, image_required=image_required)
        self.unused: set[str] = unused_columns(present, self._columns)
        self._embeds = _is_embedded(schema, self._columns.image)
        self._read = self._columns_to_read(schema)

    def digest(self) -> str:
        return file_digest(self.path)

    def rows(self) -> Iterator[Row]:
        number = 0
        with self._open() as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=self._read):
                for values in batch.to_pylist():
                    number += 1
                    yield table_row(
                        self.path,
                        number,
                        f"row {number}",
                        self._named_image(values, number),
                        self._columns,
                        image_required=self._image_required,
                    )

    def _columns_to_read(self, schema: Any) -> list[str]:
        """Those that a record carries; of an image that stands in the file its path alone, and not its bytes."""
        wanted = {*CaptionRecord.model_fields, self._columns.image, self._columns.caption}
        found = [name for name in schema.names if name in wanted]
        if not self._embeds:
            return found
        has_path = "path" in {field.name for field in schema.field(self._columns.image).type}
        found.remove(str(self._columns.image))
        return [*found, f"{self._columns.image}.path"] if has_path else found

    def _named_image(self, values: dict[str, Any], number: int) -> dict[str, Any]:
        """The row with its image's name: that of an image in the file is its path, or else the row's place."""
        if not self._embeds:
            return values
        column = str(self._columns.image)
        image = values.get(column)
        path = image.get("path") if isinstance(image, dict) else None
        return {**values, column: path or f"{self.path.stem}/{number - 1:09d}"}

    def _open(self) -> Any:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise NegdataError(
                f"{self.path} is a parquet file, and pyarrow is not installed.", 'Run: pip install "negdata[hf]"'
            ) from error
        try:
            return parquet.ParquetFile(self.path)
        except OSError as error:
            raise unreadable(self.path, error) from error
        except pyarrow.ArrowException as error:
            raise NegdataError(
                f"{self.path} is not a readable parquet file: {str(error).splitlines()[0].rstrip('.')}.",
                "Download or write the file again.",
            ) from error


def _is_embedded(schema: Any, column: str | None) -> bool:
    """Whether the images themselves stand in a column, as Hugging Face's image feature: a struct of bytes and path."""
    from pyarrow import types

    kind = schema.field(column).type if column else None
    return kind is not None and types.is_struct(kind) and "bytes" in {field.name for field in kind}
