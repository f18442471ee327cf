"""Writes kept captions in the paper's COCO layout: ``annotations[*].updated_caption``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.idset import IdSet
from negdata.records import CaptionRecord, json_line, read_lines


def check_output_name(out: Path) -> None:
    """Raises NegdataError for an output that is neither caption records nor the COCO layout."""
    if out.suffix not in (".jsonl", ".json"):
        raise NegdataError(
            f"The output {out} ends neither in .jsonl nor in .json.",
            "Name it OUT.jsonl for caption records, or OUT.json for the COCO layout with updated_caption.",
        )


def write_coco_layout(captions: Path, out: Path, *, further: tuple[str, ...] = ()) -> int:
    """Converts a file of kept caption records into one COCO document.

    Images and annotations keep the ids that they have in the source. Where one has none, or two share one, all are
    numbered from 1: ids in a COCO file must tell them apart.

    Args:
        captions: our JSONL; it is read twice and streamed.
        out: the JSON file, written beside and renamed.
        further: keys of the records that annotations also have; ``id``, which theirs is, becomes ``record_id``.

    Returns:
        The number of annotations written.

    Raises:
        NegdataError: the file can't be written.
    """
    images, own_caption_ids = _survey(captions)
    beside = out.with_name(out.name + ".tmp")
    count = 0
    try:
        with beside.open("wb") as file:
            file.write(b'{"info": {"description": "negation-aware captions written by negdata"},\n"images": [')
            for number, (name, image_id) in enumerate(images.items()):
                file.write((b",\n" if number else b"\n") + _object({"id": image_id, "file_name": name}))
            file.write(b'],\n"annotations": [')
            for count, record in enumerate(_records(captions), 1):
                annotation: dict[str, JsonValue] = {
                    "image_id": images[record.image or ""],
                    "id": record.caption_id if own_caption_ids else count,
                    "caption": record.caption,
                    "updated_caption": record.negated_caption,
                    "negated": record.negated,
                    "false_caption": record.false_caption,
                }
                if further:
                    annotation |= _further(record, further)
                file.write((b",\n" if count > 1 else b"\n") + _object(annotation))
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


def _survey(captions: Path) -> tuple[dict[str, int | str], bool]:
    """The images by name, each with its id, and whether the captions' own ids tell them apart."""
    given: dict[str, int | str | None] = {}
    caption_ids = IdSet()
    own = True
    for record in _records(captions):
        given.setdefault(record.image or "", record.image_id)
        own = own and record.caption_id is not None and caption_ids.add(repr(record.caption_id))
    images = {name: image_id for name, image_id in given.items() if image_id is not None}
    if len(set(images.values())) < len(given):
        return {name: number for number, name in enumerate(given, 1)}, own
    return images, own


def _further(record: CaptionRecord, keys: tuple[str, ...]) -> dict[str, JsonValue]:
    told = record.model_dump(mode="json", include=set(keys), exclude_none=True)
    return {"record_id" if key == "id" else key: told.get(key) for key in keys}


def _object(fields: dict[str, JsonValue]) -> bytes:
    return json_line({key: value for key, value in fields.items() if value is not None}).rstrip()


def _records(path: Path) -> Iterator[CaptionRecord]:
    return map(CaptionRecord.model_validate, read_lines(path))
