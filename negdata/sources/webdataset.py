"""WebDataset's tars: consecutive members of one key are a sample, its captions in ``.json`` or ``.txt``.

A tar is read where it lies, and only its headers and captions are; what is read of one elsewhere is kept in the cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.remote import Address
from negdata.remote.copies import kept
from negdata.sources import files_of
from negdata.sources.base import Columns, RawRow, Row, bad_row, shorten
from negdata.sources.tables import CAPTION_NAMES, table_row, unused_columns, usual_column
from negdata.sources.tarsamples import Sample, read_samples
from negdata.whole_files import whole_file

IMAGE = "image"


class TarSource:
    """The captioned images of tars: one tar, those of a folder, or those that a pattern names.

    An image's name is that of its member. A row's id is the ``id`` of its JSON, or else the tar's stem and the sample's
    key.
    """

    format = "webdataset"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self.unused: set[str] = set()
        self._image_required = image_required
        self._caption = columns.caption
        files = files_of(path, "webdataset")
        self._tars = [path] if files is None else files
        if next(self._samples(), None) is None:
            raise NegdataError(f"{path} holds no sample: no member with a name.", "Give tars of images and captions.")

    def digest(self) -> str:
        """A hash of what rows are made of: names and captions, not the images."""
        digest = hashlib.blake2b(digest_size=16)
        for tar, sample in self._samples():
            digest.update(f"{tar.stem}\0".encode("utf-8", "surrogateescape") + sample.to_line())
        return digest.hexdigest()

    def rows(self) -> Iterator[Row]:
        for number, (tar, sample) in enumerate(self._samples(), 1):
            yield from self._rows(number, tar, sample)

    def _samples(self) -> Iterator[tuple[Path, Sample]]:
        for tar in self._tars:
            yield from ((tar, sample) for sample in _samples_of(tar))

    def _rows(self, number: int, tar: Path, sample: Sample) -> Iterator[Row]:
        where = f"{tar.name}, {sample.key}"
        identity = f"{tar.stem}:{sample.key}"
        problem = sample.problem
        values: dict[str, Any] = {}
        if problem is None and sample.json is not None:
            values, problem = _object(sample.json)
        if problem is not None:
            yield bad_row(RawRow(where=where, id=identity, image=sample.image, caption=None), problem)
            return
        own = values.get("id")
        if isinstance(own, int | str) and str(own).strip():
            identity = str(own)
        for at, caption in enumerate(captions := self._captions(sample, values), 1):
            suffix = f"#{at}" if len(captions) > 1 else ""
            row = {**values, IMAGE: sample.image, "caption": caption, "id": identity + suffix}
            yield table_row(tar, number, where, row, _COLUMNS, image_required=self._image_required)

    def _captions(self, sample: Sample, values: dict[str, Any]) -> list[Any]:
        """What the JSON says, or else the lines of the text; one None where there is neither."""
        name = self._caption or usual_column(CAPTION_NAMES, values)
        self.unused |= unused_columns(values, Columns(IMAGE, name))
        if name in values:
            said = values[name]
            return said if isinstance(said, list) and said else [said]
        return [line for line in (sample.text or "").splitlines() if line.strip()] or [None]


_COLUMNS = Columns(IMAGE, "caption")


def _samples_of(tar: Path) -> Iterator[Sample]:
    """The samples of a tar; of one elsewhere those that were read before, as long as it stays the same."""
    if not isinstance(tar, Address):
        yield from read_samples(tar)
        return

    def write(_: object, file: Path) -> None:
        with whole_file(file) as write_line:
            for sample in read_samples(tar):
                write_line(sample.to_line())

    with kept(tar, write, "samples").open("rb") as lines:
        yield from map(Sample.of_line, lines)


def _object(content: bytes) -> tuple[dict[str, Any], str | None]:
    try:
        values = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        shown = shorten(content.decode("utf-8", "replace").strip())
        return {}, f"its JSON is not valid: {error.msg.split(':')[0]} in {shown!r}"
    return (values, None) if isinstance(values, dict) else ({}, "its JSON is no object")
