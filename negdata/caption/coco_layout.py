"""Writes kept captions in the paper's COCO layout: ``annotations[*].updated_caption``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from negdata.errors import NegdataError
from negdata.records import CaptionRecord


def write_coco_layout(captions: Path, out: Path) -> int:
    """Converts a file of kept caption records into one COCO document.

    Args:
        captions: our JSONL; it is read twice and streamed.
        out: the JSON file, written beside and renamed.

    Returns:
        The number of annotations written.

    Raises:
        NegdataError: the file can't be written.
    """
    beside = out.with_name(out.name + ".tmp")
    images: dict[str, int | str] = {}
    for record in _records(captions):
        name = record.image or ""
        if name not in images:
            images[name] = record.image_id if record.image_id is not None else len(images) + 1
    count = 0
    try:
        with beside.open("wb") as file:
            file.write(b'{"info": {"description": "negation-aware captions written by negdata"},\n"images": [')
            for number, (name, image_id) in enumerate(images.items()):
                file.write((b",\n" if number else b"\n") + orjson.dumps({"id": image_id, "file_name": name}))
            file.write(b'],\n"annotations": [')
            for count, record in enumerate(_records(captions), 1):
                annotation = {
                    "image_id": images[record.image or ""],
                    "id": record.caption_id if record.caption_id is not None else count,
                    "caption": record.caption,
                    "updated_caption": record.negated_caption,
                    "negated": record.negated,
                    "false_caption": record.false_caption,
                }
                line = orjson.dumps({key: value for key, value in annotation.items() if value is not None})
                file.write((b",\n" if count > 1 else b"\n") + line)
            file.write(b"]}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise NegdataError(
            f"{out} can't be written: {error.strerror}.", f"The captions are safe in {captions}; mend it and run again."
        ) from error
    return count


def _records(path: Path) -> Iterator[CaptionRecord]:
    with path.open("rb") as file:
        for line in file:
            yield CaptionRecord.model_validate(orjson.loads(line))
