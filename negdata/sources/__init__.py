"""Reads captions: COCO JSON, JSON lines, CSV, parquet, tars, a folder of parts, or of images with .txt beside them.

A new format is a file here and a line in ``FORMATS``; other packages add theirs in the entry-point group
``negdata.sources``.
"""

from __future__ import annotations

import importlib
import logging
from importlib.metadata import entry_points
from pathlib import Path

from negdata.errors import NegdataError, unknown_name
from negdata.imagenames import IMAGE_SUFFIXES
from negdata.remote import Address
from negdata.remote.copies import local_copy
from negdata.remote.files import is_folder
from negdata.sources.base import BadRow, Columns, Row, Source, empty, refuse_bad_rows, unreadable

__all__ = ["FORMATS", "BadRow", "Columns", "Row", "Source", "open_source", "recognise", "refuse_bad_rows"]

_log = logging.getLogger(__name__)

FORMATS = {
    "coco": "negdata.sources.coco:CocoSource",
    "jsonl": "negdata.sources.jsonl:JsonlSource",
    "csv": "negdata.sources.delimited:DelimitedSource",
    "parquet": "negdata.sources.parquet:ParquetSource",
    "webdataset": "negdata.sources.webdataset:TarSource",
    "folder": "negdata.sources.folder:FolderSource",
    "parts": "negdata.sources.parts:PartsSource",
}

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".tar": "webdataset",
}
_SEVERAL = ("webdataset", "parquet", "jsonl")
"""Formats of which a folder or a pattern of files is one source."""
_WHOLE = ("webdataset", "parts")
"""Formats that find their files by themselves."""


def open_source(
    path: Path,
    *,
    source_format: str | None = None,
    columns: Columns | None = None,
    image_required: bool = True,
) -> Source:
    """Opens a corpus of captions.

    Args:
        path: a file, a folder, or a pattern of files such as ``train-{00000..00099}.parquet``, here or at an address.
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
    reader = getattr(importlib.import_module(module), name)

    def open_one(file: Path) -> Source:
        source: Source = reader(file, columns or Columns(), image_required=image_required)
        return source

    if kind in _WHOLE:
        return open_one(path)
    files = files_of(path, kind) if kind in _SEVERAL else None
    if files is None:
        return open_one(local_copy(path))
    from negdata.sources.several import SeveralFiles

    return SeveralFiles(path, files, lambda file: open_one(local_copy(file)))


def recognise(path: Path) -> str:
    """The format of a source, from its name and its first bytes."""
    from negdata.images.patterns import is_pattern
    from negdata.parts import is_parts

    by_name = SUFFIXES.get(path.suffix.lower())
    if is_pattern(path):
        if by_name in _SEVERAL:
            return by_name
        raise NegdataError(f"{path} names several files of no known format.", f"Name it: {', '.join(_SEVERAL)}.")
    folder = is_folder(path)
    if (folder or (isinstance(path, Address) and not path.suffix)) and is_parts(path):  # on the web nothing is a folder
        return "parts"
    if folder:
        return _of_folder(path)
    if by_name == "webdataset":
        return by_name  # it may be large, and is read where it lies
    try:
        with local_copy(path).open("rb") as file:
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


def files_of(path: Path, kind: str) -> list[Path] | None:
    """The files of a folder or a pattern, in their order; None where the path is one file.

    Raises:
        NegdataError: there are none, or they can't be listed.
    """
    from negdata.images.patterns import expanded, is_pattern
    from negdata.sources.several import listed

    if is_pattern(path):
        return expanded(path)
    if not is_folder(path):
        return None
    files = [path / name for name in listed(path) if SUFFIXES.get(Path(name).suffix.lower()) == kind]
    if not files:
        wanted = ", ".join(suffix for suffix, of in SUFFIXES.items() if of == kind)
        raise NegdataError(f"{path} holds no file of the format {kind} ({wanted}).", "Check the path.")
    return files


def _of_folder(folder: Path) -> str:
    """What a folder is that isn't one of parts: images with texts beside them, or files of captions."""
    from negdata.sources.several import listed

    names = listed(folder)
    suffixes = {Path(name).suffix.lower() for name in names}
    kinds = {SUFFIXES.get(suffix) for suffix in suffixes}
    found = next((kind for kind in _SEVERAL if kind in kinds), None)
    if found is not None and not suffixes & IMAGE_SUFFIXES:
        return found
    if isinstance(folder, Address):
        raise NegdataError(
            f"{folder} is a folder without tars, parquet, JSON lines or parts.",
            "Name a file of captions, or copy a folder of images with .txt beside them here.",
        )
    return "folder"


def _is_json_lines(head: bytes) -> bool:
    """Whether the first line is a whole object of its own that isn't a COCO document."""
    import orjson

    try:
        first = orjson.loads(head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n")[0])
    except orjson.JSONDecodeError:
        return False
    return isinstance(first, dict) and "annotations" not in first and ("caption" in first or "image" in first)
