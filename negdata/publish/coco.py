"""The paper's COCO layout: one JSON document of images and annotations with ``updated_caption``."""

from __future__ import annotations

import contextlib
from pathlib import Path

from negdata.caption.coco_layout import write_coco_layout
from negdata.publish.files import PublishedFile, published_file
from negdata.publish.rows import Row

NAME = "captions.json"
FURTHER = ("id", "pipeline", "question", "kind", "verdict", "made_by")
"""Keys of our records that the paper's layout has no place for."""


class CocoWriter:
    """Gathers the records in a file, since images come first in the document, and writes ``captions.json`` of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._gathered = folder / "records.jsonl.tmp"
        self._file = self._gathered.open("wb")

    def add(self, row: Row) -> None:
        """Takes a record; raises OSError where it can't be written."""
        self._file.write(row.record.to_line())

    def finish(self) -> list[PublishedFile]:
        """Writes the document."""
        self._file.close()
        write_coco_layout(self._gathered, self._folder / NAME, further=FURTHER)
        self._gathered.unlink()
        return [published_file(self._folder, NAME, "application/json")]

    def abandon(self) -> None:
        """Closes what is open."""
        with contextlib.suppress(OSError):
            self._file.close()
