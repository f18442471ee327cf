"""The forms of a dataset: who writes its records, and in which columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.publish import hf
from negdata.publish.coco import CocoWriter
from negdata.publish.columns import Column, IdTypes, columns
from negdata.publish.files import Writer
from negdata.publish.parquet import ParquetWriter
from negdata.publish.settings import DataExportSettings
from negdata.publish.webdataset import WebDatasetWriter

PARQUET_STEM = "captions"


@dataclass(frozen=True, slots=True)
class Form:
    """A form while it is written."""

    writer: Writer
    columns: tuple[Column, ...]


def open_form(settings: DataExportSettings, folder: Path, ids: IdTypes) -> Form:
    """Begins a dataset in ``folder``; raises NegdataError where a package is missing."""
    inside = settings.embeds and settings.to in ("hf", "parquet")
    shown = columns(ids, image="image" if inside else "string")
    if settings.to == "webdataset":
        return Form(WebDatasetWriter(folder, rows_a_file=settings.rows_a_file), shown)
    if settings.to == "coco":
        return Form(CocoWriter(folder), shown)
    stem = hf.STEM if settings.to == "hf" else PARQUET_STEM
    metadata = hf.schema_metadata(shown)
    writer = ParquetWriter(folder, stem, shown, ids, rows_a_file=settings.rows_a_file, metadata=metadata)
    return Form(writer, shown)
