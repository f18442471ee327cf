"""What a benchmark's path holds, as far as it can be told without knowing which benchmark it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.remote.copies import local_copy
from negdata.sources.base import brief, json_error, read_bytes, shorten
from negdata.sources.delimited import DelimitedFile
from negdata.sources.jsonl import read_objects

LINES = (".jsonl", ".ndjson")
TABLES = (".csv", ".tsv")
LOOKED_AT = 1_000
"""Records that are looked at to recognise a file; what is wrong with others is told when it is read."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value."""

    path: Path
    value: Any

    def records(self) -> Iterator[tuple[str, Any]]:
        """The place and the value of every element of a list."""
        if isinstance(self.value, list):
            for number, value in enumerate(self.value, 1):
                yield f"item {number}", value


@dataclass(frozen=True, slots=True)
class Lines:
    """A JSON value a line."""

    path: Path

    def records(self) -> Iterator[tuple[str, Any]]:
        """The place and the value of every line that isn't blank; a ``NotJson`` where a line has no value."""
        for number, value in read_objects(self.path):
            yield f"line {number}", value


@dataclass(frozen=True, slots=True)
class Table:
    """CSV or TSV with a header."""

    path: Path
    header: tuple[str, ...]

    def records(self) -> Iterator[tuple[str, dict[str, str] | str]]:
        """The place of every row, and its cells by column or why it has none."""
        file = DelimitedFile(self.path)
        for _, where, cells in file.rows():
            yield where, file.misfit(cells) or dict(zip(file.header, cells, strict=True))


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that ``torch.save`` wrote."""

    path: Path


Contents = Folder | Document | Lines | Table | Packed


def open_contents(path: Path) -> Contents:
    """What a path holds.

    Raises:
        NegdataError: it can't be read, is empty, or is neither a folder, JSON, JSON lines nor CSV.
    """
    if path.is_dir():
        return Folder(path)
    path = local_copy(path)
    content = read_bytes(path).removeprefix(_BYTE_ORDER_MARK)
    if not content.strip():
        raise NegdataError(f"{path} is empty.", "Give the file of a benchmark.")
    suffix = path.suffix.lower()
    if suffix in LINES:
        return Lines(path)
    if content.startswith(b"PK\x03\x04"):
        return Packed(path)
    if suffix not in TABLES and content.lstrip()[:1] in (b"{", b"["):
        return _json(path, content)
    if b"\0" not in content[: 1 << 16] and (suffix in TABLES or b"," in content.lstrip().partition(b"\n")[0]):
        return Table(path, tuple(DelimitedFile(path).header))
    raise NegdataError(
        f"{path} is neither JSON, JSON lines nor CSV: it begins with {content[:24]!r}.", "Give the file of a benchmark."
    )


def has_keys(contents: Contents, keys: Set[str]) -> bool:
    """Whether a record among the first has all of these keys."""
    if isinstance(contents, Table):
        return keys <= set(contents.header)
    return any(keys <= record.keys() for record in first_records(contents))


def first_records(contents: Contents) -> Iterator[dict[str, Any]]:
    """The objects among the first elements of a list, or lines."""
    if isinstance(contents, Document | Lines):
        for _, (_, value) in zip(range(LOOKED_AT), contents.records(), strict=False):
            if isinstance(value, dict):
                yield value


def described(contents: Contents) -> str:
    """What this is, for people."""
    if isinstance(contents, Folder):
        inside = sorted(one.name + "/" * one.is_dir() for one in contents.path.iterdir() if one.name[0] != ".")
        return f"a folder that holds {_listed(inside)}" if inside else "an empty folder"
    if isinstance(contents, Packed):
        return "a file of torch.save, or a zip"
    if isinstance(contents, Table):
        return f"a table with the columns {_listed(contents.header)}"
    if isinstance(contents, Document) and isinstance(contents.value, dict):
        return f"a JSON object with the keys {_listed(contents.value)}" if contents.value else "an empty JSON object"
    first = next(first_records(contents), None)
    kind = "JSON lines" if isinstance(contents, Lines) else "a JSON list"
    if first is not None:
        return f"{kind} of objects with the keys {_listed(first)}"
    if isinstance(contents, Document) and not isinstance(contents.value, list):
        return f"the JSON value {brief(contents.value)}"
    return f"{kind} without an object"


def _json(path: Path, content: bytes) -> Document | Lines:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if _is_object(content.lstrip().partition(b"\n")[0]):
            return Lines(path)
        return Document(path, _as_python_writes(path, content, error))
    if isinstance(value, dict) and value and not any(isinstance(one, dict | list) for one in value.values()):
        return Lines(path)  # a file of one line
    return Document(path, value)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _as_python_writes(path: Path, content: bytes, error: orjson.JSONDecodeError) -> Any:
    """A document with what Python's json writes and JSON hasn't, such as NaN, so that the item that has it is named."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise json_error(path, content, error) from error


def _listed(names: Any, most: int = 8) -> str:
    shown = [repr(shorten(str(name), 40)) for name, _ in zip(names, range(most), strict=False)]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shown) + more
