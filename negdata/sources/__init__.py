"""Reads captions: COCO JSON, JSON lines, CSV, parquet, a folder of images with .txt beside them.

A new format is a file here and a line in ``FORMATS``; other packages add theirs in the entry-point group
``negdata.sources``.
"""

from __future__ import annotations

import importlib
import logging
from importlib.metadata import entry_points
from pathlib import Path

from negdata.errors import NegdataError, unknown_name
from negdata.sources.base import BadRow, Columns, Row, Source, empty, refuse_bad_rows, unreadable

__all__ = ["FORMATS", "BadRow", "Columns", "Row", "Source", "open_source", "recognise", "refuse_bad_rows"]

_log = logging.getLogger(__name__)

FORMATS = {
    "coco": "negdata.sources.coco:CocoSource",
    "jsonl": "negdata.sources.jsonl:JsonlSource",
    "csv": "negdata.sources.delimited:DelimitedSource",
    "parquet": "negdata.sources.parquet:ParquetSource",
    "folder": "negdata.sources.folder:FolderSource",
}

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def open_source(
    path: Path,
    *,
    source_format: str | None = None,
    columns: Columns | None = None,
    image_required: bool = True,
) -> Source:
    """Opens a corpus of captions.

    Args:
        path: a file or a folder.
        source_format: one of ``FORMATS``; recognised from the name and the first bytes where None.
        columns: the names of the image and caption columns of a table.
        image_required: whether a row without an image is a bad row.

    Raises:
        NegdataError: the path can't be read, is empty, or isn't what it should be.
    """
    known = FORMATS | {point.name: point.value for point in entry_points(group="negdata.sources")}
    if source_format is not None and source_format not in known:
        raise unknown_name("source format", source_format, known)
    kind = source_format or recognise(path)
    _log.info("%s is read as %s", path, kind)
    module, _, name = known[kind].partition(":")
    source: Source = getattr(importlib.import_module(module), name)(
        path, columns or Columns(), image_required=image_required
    )
    return source


def recognise(path: Path) -> str:
    """The format of a source, from its name and its first bytes."""
    if path.is_dir():
        return "folder"
    by_name = SUFFIXES.get(path.suffix.lower())
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head.strip():
        raise empty(path)
    if by_name:
        return by_name
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return "jsonl" if _is_json_lines(head) else "coco"
    if path.suffix.lower() == ".json":
        return "coco"
    if b"\0" not in head and any(mark in head.split(b"\n")[0] for mark in (b",", b"\t", b";", b"|")):
        return "csv"
    raise NegdataError(
        f"The format of {path} can't be told from its content.", f"Name it with --source-format: {', '.join(FORMATS)}."
    )


def _is_json_lines(head: bytes) -> bool:
    """Whether the first line is a whole object of its own that isn't a COCO document."""
    import orjson

    try:
        first = orjson.loads(head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n")[0])
    except orjson.JSONDecodeError:
        return False
    return isinstance(first, dict) and "annotations" not in first and ("caption" in first or "image" in first)
