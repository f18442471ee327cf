"""COCO captions JSON: ``images`` and ``annotations``; also the paper's layout, which adds ``updated_caption``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.sources.base import (
    Columns,
    RawRow,
    Row,
    bad_row,
    checked_row,
    empty,
    file_digest,
    json_error,
    read_bytes,
    shorten,
)

CARRIED = {"updated_caption": "negated_caption", "negated": "negated", "false_caption": "false_caption"}
"""Keys of an annotation in the paper's layout, the last two ours, and the record's keys that they go to."""
USED = {"id", "image_id", "caption", *CARRIED}


class CocoSource:
    """A COCO captions file, held in memory."""

    format = "coco"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self.unused: set[str] = set()
        document = parse_json(path)
        self._annotations = _list(document, "annotations", path)
        images = _list(document, "images", path) if image_required or "images" in document else []
        self._names = {
            image["id"]: image.get("file_name")
            for image in images
            if isinstance(image, dict) and isinstance(image.get("id"), int | str)
        }
        self._image_required = image_required
        if not self._annotations:
            raise empty(path)

    def digest(self) -> str:
        return file_digest(self.path)

    def rows(self) -> Iterator[Row]:
        for number, annotation in enumerate(self._annotations, 1):
            yield self._row(number, annotation)

    def _row(self, number: int, annotation: Any) -> Row:
        if not isinstance(annotation, dict):
            where = f"annotation number {number}"
            raw = RawRow(where=where, id=f"coco:#{number}", image=None, caption=None)
            return bad_row(raw, f"it is {shorten(repr(annotation))}, not an object")
        if len(annotation) > 3:
            self.unused.update(annotation.keys() - USED)
        identity = annotation.get("id")
        image_id = annotation.get("image_id")
        known = isinstance(identity, int | str) and not isinstance(identity, bool)
        raw = RawRow(
            where=f"annotation {identity}" if known else f"annotation number {number}",
            id=f"coco:{identity}" if known else f"coco:#{number}",
            image=self._names.get(image_id) if isinstance(image_id, int | str) else None,
            image_id=image_id if isinstance(image_id, int | str) else None,
            caption_id=identity if known else None,
            caption=annotation.get("caption"),
            carried={to: value for key, to in CARRIED.items() if isinstance(value := annotation.get(key), str)},
        )
        if not known:
            return bad_row(raw, f"id is {shorten(repr(identity))}; it must be a number or text")
        if self._image_required and raw.image is None:
            if not isinstance(image_id, int | str) or image_id not in self._names:
                return bad_row(raw, f"image_id {shorten(repr(image_id))} is not among the file's images")
            return bad_row(raw, f"the image {image_id} has no file_name")
        return checked_row(raw, image_required=self._image_required)


def parse_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; NegdataError says where it breaks off or what it is instead."""
    document = json_value(path, read_bytes(path))
    if not isinstance(document, dict):
        raise NegdataError(
            f"{path} holds a JSON {type(document).__name__}, not a COCO object with 'images' and 'annotations'.",
            "Give a COCO file, or captions as JSON lines with --source-format jsonl.",
        )
    return document


def json_value(path: Path, content: bytes) -> Any:
    """What a file's content says in JSON; NegdataError says where it breaks off."""
    if not content.strip():
        raise empty(path)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise json_error(path, content, error) from error


def _list(document: dict[str, Any], key: str, path: Path) -> list[Any]:
    value = document.get(key)
    if isinstance(value, list):
        return value
    found = ", ".join(map(repr, list(document)[:10])) or "none"
    problem = f"has no {key!r}; its keys are {found}" if value is None else f"has {key!r} that is not a list"
    raise NegdataError(
        f"{path} {problem}.",
        "A COCO captions file has 'images' and 'annotations'; --source-format names another format.",
    )
