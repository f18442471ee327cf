"""A folder of images with a ``.txt`` of the same name beside each; every line of it is a caption."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from negdata.errors import NegdataError
from negdata.imagenames import IMAGE_SUFFIXES
from negdata.sources.base import Columns, RawRow, Row, bad_row, checked_row, shorten, unreadable


class FolderSource:
    """A folder, subfolders included, in the order of the images' names."""

    format = "folder"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        self.path = path
        self.unused: set[str] = set()
        try:
            self._images = sorted(image_files(path))
        except OSError as error:
            raise unreadable(path, error) from error
        if not self._images:
            raise NegdataError(
                f"{path} holds no images.", "Give a folder of images with a .txt caption of the same name beside each."
            )
        if not any(image.with_suffix(".txt").exists() for image in self._images):
            raise NegdataError(
                f"None of the {len(self._images):,} images in {path} has a .txt caption beside it.",
                f"Write captions to files such as {self._images[0].with_suffix('.txt').name}.",
            )

    def digest(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for image in self._images:
            text = image.with_suffix(".txt")
            content = text.read_bytes() if text.is_file() else b""
            digest.update(
                f"{image.relative_to(self.path).as_posix()}\0{len(content)}\0".encode("utf-8", "surrogateescape")
                + content
            )
        return digest.hexdigest()

    def rows(self) -> Iterator[Row]:
        for image in self._images:
            name = image.relative_to(self.path).as_posix()
            if not _is_text(name):
                shown = name.encode("utf-8", "backslashreplace").decode()
                raw = RawRow(where=shown, id=shown, image=shown, caption=None)
                yield bad_row(raw, "the file's name is not UTF-8")
                continue
            text = image.with_suffix(".txt")
            raw = RawRow(where=text.relative_to(self.path).as_posix(), id=name, image=name, caption=None)
            if not text.is_file():
                yield bad_row(raw, "there is no such file beside the image")
                continue
            try:
                content = text.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                yield bad_row(raw, "the text is not UTF-8")
                continue
            except OSError as error:
                raise unreadable(text, error) from error
            captions = [line for line in content.splitlines() if line.strip()]
            if not captions:
                yield bad_row(raw, f"caption is empty ({shorten(content)!r})")
            for number, caption in enumerate(captions, 1):
                suffix = f"#{number}" if len(captions) > 1 else ""
                yield checked_row(RawRow(where=raw.where + suffix, id=name + suffix, image=name, caption=caption))


def image_files(folder: Path) -> Iterator[Path]:
    """The image files in a folder and its subfolders, in no order; raises OSError where one can't be looked into."""
    for parent, _, names in os.walk(folder, onerror=_stop):
        for file in (Path(parent, name) for name in names):
            if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file():
                yield file


def _stop(error: OSError) -> None:
    raise error


def _is_text(name: str) -> bool:
    """Whether a file's name could be decoded: one that couldn't holds surrogates, which no JSON can."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
