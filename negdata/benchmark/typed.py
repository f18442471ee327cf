"""Reads what others wrote into typed structs, by msgspec, and says in words where it is something else."""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from negdata.benchmark.plain_file import plain_size
from negdata.errors import NegdataError
from negdata.remote.copies import local_copy
from negdata.sources.base import unreadable

Id = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A whole number that every reader of JSON keeps as it is."""
Pixels = Annotated[int, msgspec.Meta(ge=1, lt=1_000_000)]
"""A width or height."""

_WHERE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_BYTE = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)", re.DOTALL)
_SHOWN = 12

T = TypeVar("T")


def read_typed_json(path: Path, kind: type[T], what: str, remedy: str) -> T:
    """A JSON file as a struct. What the struct doesn't name is passed over, and takes no memory.

    Raises:
        NegdataError: the file can't be read, is no JSON, or isn't ``what`` it should be.
    """
    path = local_copy(path)
    plain_size(path)
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                return msgspec.json.decode(content, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise NegdataError(f"{path} {problem_of(error, content, what)}.", remedy) from None
    except OSError as error:
        raise unreadable(path, error) from error


def as_typed(value: object, kind: type[T], path: Path, what: str, remedy: str) -> T:
    """What was read of ``path`` as a struct; NegdataError where it isn't ``what`` it should be."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise NegdataError(f"{path} {problem_of(error, b'', what)}.", remedy) from None


def problem_of(error: Exception, content: bytes | mmap.mmap, what: str) -> str:
    """What is wrong, to read on from a name: "is not valid JSON: …"."""
    if isinstance(error, UnicodeDecodeError):
        return f"holds a text that is not UTF-8: {error.object[error.start : error.start + 1]!r}"
    if isinstance(error, RecursionError):
        return f"nests too deeply for {what}"
    if isinstance(error, msgspec.ValidationError):
        return f"is not {what}: {_in_words(str(error))}"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb"):
        return "is not plain UTF-8: it begins with a byte order mark"
    found = _BYTE.fullmatch(str(error))
    if found is None:
        return f"is not valid JSON: it breaks off after {len(content):,} bytes"
    at = int(found[2])
    shown = content[at : at + _SHOWN]
    return f"is not valid JSON: {found[1]} at byte {at:,} of {len(content):,}, where it goes on with {shown!r}"


def _in_words(message: str) -> str:
    found = _WHERE.fullmatch(message)
    told, where = (found[1], f" at {found[2]}") if found else (message, "")
    return told[:1].lower() + told[1:] + where
