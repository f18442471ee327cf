"""Parquet with an image and a caption column, read in batches (pyarrow, the ``hf`` extra)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.sources.base import Columns, Row, empty, file_digest, unreadable
from negdata.sources.tables import choose_columns, table_row, unused_columns

BATCH_ROWS = 4_096


class ParquetSource:
    """A parquet file, streamed by batches of the columns that are used."""

    format = "parquet"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self._image_required = image_required
        with self._open() as file:
            present = list(file.schema_arrow.names)
            if file.metadata.num_rows == 0:
                raise empty(path)
        self._columns = choose_columns(path, present, columns, image_required=image_required)
        self.unused: set[str] = unused_columns(present, self._columns)
        wanted = {*CaptionRecord.model_fields, self._columns.image, self._columns.caption}
        self._read = [name for name in present if name in wanted]

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
                        _named_image(values, self._columns.image),
                        self._columns,
                        image_required=self._image_required,
                    )

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


def _named_image(values: dict[str, Any], column: str | None) -> dict[str, Any]:
    """Hugging Face's image feature is a struct of bytes and path; only the path is a name."""
    image = values.get(column) if column else None
    if isinstance(image, dict) and "path" in image:
        return {**values, str(column): image["path"]}
    return values
