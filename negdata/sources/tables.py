"""Rows that come as named columns (JSONL, CSV, parquet): which column is which, and what a row carries along."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.records import CaptionRecord, Kind
from negdata.sources.base import Columns, RawRow, Row, checked_row

IMAGE_NAMES = ("image", "image_path", "file_name", "filename", "filepath", "file", "image_file", "path", "img", "url")
CAPTION_NAMES = ("caption", "captions", "text", "sentence", "title", "description", "txt")
CARRIED = tuple(set(CaptionRecord.model_fields) - {"id", "image", "image_id", "caption_id", "caption"})


def choose_columns(path: Path, present: Iterable[str], asked: Columns, *, image_required: bool) -> Columns:
    """The image and the caption column, as asked for or by their usual names."""
    names = list(present)
    image = _choose(path, "image", asked.image, IMAGE_NAMES, names, required=image_required)
    caption = _choose(path, "caption", asked.caption, CAPTION_NAMES, names, required=True)
    return Columns(image, caption)


def usual_column(usual: Iterable[str], present: Iterable[str]) -> str | None:
    """The first of the ``usual`` names that is ``present``, as it is spelled there."""
    by_lower = {name.lower(): name for name in present}
    return next((by_lower[name] for name in usual if name in by_lower), None)


def _choose(
    path: Path, kind: str, asked: str | None, usual: tuple[str, ...], present: list[str], *, required: bool
) -> str | None:
    if asked is not None and asked in present:
        return asked
    found = None if asked is not None else usual_column(usual, present)
    if found is not None or (asked is None and not required):
        return found
    near = difflib.get_close_matches(asked, present, n=1) if asked else []
    hint = f"Did you mean {near[0]!r}? " if near else ""
    missing = f"no column {asked!r}" if asked else f"no {kind} column"
    shown = ", ".join(map(repr, present[:20])) or "none"
    raise NegdataError(
        f"{path} has {missing}; its columns are {shown}.", f"{hint}Name the right one with --{kind}-column."
    )


def table_row(
    path: Path, number: int, where: str, values: Mapping[str, JsonValue], columns: Columns, *, image_required: bool
) -> Row:
    """The record of one row of a table; ids are the row's own where it has one, else the file's name and row number."""
    own = values.get("id")
    identity = str(own) if isinstance(own, int | str) and str(own).strip() else f"{path.stem}:{number}"
    carried = {key: values[key] for key in CARRIED if values.get(key) not in (None, "")}
    if carried.get("kind") not in (None, *get_args(Kind)):
        del carried["kind"]  # a column of that name is common, and says something else
    raw = RawRow(
        where=where,
        id=identity,
        image=values.get(columns.image) if columns.image else None,
        caption=values.get(columns.caption) if columns.caption else None,
        image_id=_plain_id(values.get("image_id")),
        caption_id=_plain_id(values.get("caption_id")),
        carried=carried,
    )
    return checked_row(raw, image_required=image_required)


def unused_columns(present: Iterable[str], columns: Columns) -> set[str]:
    """The columns of a source that no record carries."""
    return set(present) - set(CaptionRecord.model_fields) - {columns.image, columns.caption}


def _plain_id(value: JsonValue) -> int | str | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int | str) and value != "" else None
