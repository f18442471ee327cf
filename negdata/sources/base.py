"""What every caption source shares: rows, bad rows, and the checks that tell them apart."""

from __future__ import annotations

import hashlib
import json
import re
import reprlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.records import CaptionRecord, FailedCaption
from negdata.remote.copies import local_copy

MAX_CAPTION_CHARACTERS = 4_000
MAX_ID_CHARACTERS = 500

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ASCII_WORD = re.compile(r"[A-Za-z]")
_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 100


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that no caption can be made of.

    Attributes:
        where: the place in the file, for people: ``line 12``, ``annotation 38``.
        problem: what is wrong with it, naming field and value.
        record: the row as it goes to ``OUT.failed.jsonl``.
    """

    where: str
    problem: str
    record: FailedCaption


Row = CaptionRecord | BadRow


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the image and caption columns, where the user gives them."""

    image: str | None = None
    caption: str | None = None


class Source(Protocol):
    """A corpus of captions. ``rows`` can be called any number of times and streams."""

    format: str
    path: Path
    unused: set[str]

    def rows(self) -> Iterator[Row]:
        """Every row of the source, in its order."""

    def digest(self) -> str:
        """A hash of the content, for the manifest."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it was read, before any check."""

    where: str
    id: str
    image: JsonValue
    caption: JsonValue
    image_id: int | str | None = None
    caption_id: int | str | None = None
    carried: dict[str, JsonValue] = field(default_factory=dict)


def checked_row(raw: RawRow, *, image_required: bool = True) -> Row:
    """The caption record of a raw row, or why there is none."""
    problem = caption_problem(raw.caption) or image_problem(raw.image, required=image_required)
    if problem is None and len(raw.id) > MAX_ID_CHARACTERS:
        problem = f"id has {len(raw.id):,} characters; at most {MAX_ID_CHARACTERS} are allowed"
    if problem is None:
        try:
            return CaptionRecord.model_validate(
                {
                    "id": raw.id,
                    "image": raw.image,
                    "image_id": raw.image_id,
                    "caption_id": raw.caption_id,
                    "caption": raw.caption,
                    **raw.carried,
                }
            )
        except ValueError as error:
            problem = _first_line(error)
    return bad_row(raw, problem)


def bad_row(raw: RawRow, problem: str) -> BadRow:
    """A row that is set aside, with as much of it as a line of the failed file should hold."""
    caption = raw.caption
    if isinstance(caption, str) and len(caption) > MAX_CAPTION_CHARACTERS:
        caption = caption[:200] + "…"
    elif isinstance(caption, list | dict):
        caption = brief(caption)  # it may be deeper than a record can hold
    record = FailedCaption(
        id=raw.id[:MAX_ID_CHARACTERS],
        image=raw.image if isinstance(raw.image, str) else None,
        image_id=raw.image_id,
        caption_id=raw.caption_id,
        caption=caption,
        error="bad-row",
        message=problem,
    )
    return BadRow(raw.where, problem, record)


def caption_problem(caption: JsonValue) -> str | None:
    """Why this can't be a caption, or None."""
    if caption is None:
        return "caption is null"
    if not isinstance(caption, str):
        return f"caption is {_kind(caption)} ({brief(caption)}), not text"
    if not caption.strip():
        return "caption is empty"
    if len(caption) > MAX_CAPTION_CHARACTERS:
        return f"caption has {len(caption):,} characters; at most {MAX_CAPTION_CHARACTERS:,} are allowed"
    control = _CONTROL.search(caption)
    if control:
        return f"caption holds the control character U+{ord(control[0]):04X} at character {control.start() + 1}"
    if not caption.isascii() or not _ASCII_WORD.search(caption):
        letters = [c for c in caption if c.isalpha()]
        latin = sum(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in letters)
        if not letters:
            return f"caption has no words ({shorten(caption)})"
        if latin * 2 < len(letters):
            return f"caption isn't written in Latin letters ({shorten(caption)}); negations are written in English"
    return None


def image_problem(image: JsonValue, *, required: bool) -> str | None:
    """Why this can't be the name of an image below ``--images``, or None."""
    if image is None or image == "":
        return "image is missing" if required else None
    if not isinstance(image, str):
        return f"image is {_kind(image)} ({brief(image)}), not a file name"
    if _CONTROL.search(image) or "\n" in image or "\r" in image or "\t" in image:
        return f"image holds a control character ({shorten(image)!r})"
    if len(image) > 1_000:
        return f"image is a name of {len(image):,} characters"
    # Only what begins like this can be absolute, and it takes a fifth of a row's time to find out.
    rooted = image[0] in "/\\" or image[1:2] == ":"
    if rooted and (PurePosixPath(image).is_absolute() or PureWindowsPath(image).drive or image.startswith("\\")):
        return f"image is an absolute path ({shorten(image)}); it must be relative to the image folder"
    if ".." in re.split(r"[\\/]", image):
        return f'image climbs out of the image folder with ".." ({shorten(image)})'
    return None


def refuse_bad_rows(path: Path, bad: list[BadRow], total_bad: int, rows: int) -> NegdataError:
    """The error that lists what is wrong with a source, all at once; ``rows`` is the number of all its rows."""
    listed = "; ".join(f"{row.where}: {row.problem}" for row in bad)
    more = f"; and {total_bad - len(bad):,} more" if total_bad > len(bad) else ""
    if total_bad == rows:
        return NegdataError(
            f"{path} has no row that can be used: {listed}{more}.",
            "Mend the file, or name its columns or its kind with --image-column, --caption-column or --source-format.",
        )
    counted = "a row" if total_bad == 1 else f"{total_bad:,} rows"
    return NegdataError(
        f"{path} has {counted} that can't be used: {listed}{more}.",
        "Mend the file, or pass --bad-rows fail to set such rows aside in OUT.failed.jsonl and go on with the others.",
    )


def read_bytes(path: Path) -> bytes:
    """The content of a file, here or elsewhere; NegdataError where it can't be read."""
    try:
        return local_copy(path).read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> NegdataError:
    """The error for a file that can't be opened."""
    if isinstance(error, FileNotFoundError):
        return NegdataError(f"{path} doesn't exist.", "Check the path.")
    return NegdataError(
        f"{path} can't be read: {error.strerror}.", "Check its permissions and that it is a plain file."
    )


def json_error(path: Path, content: bytes, error: json.JSONDecodeError) -> NegdataError:
    """The error for a file that is no JSON document: what breaks it, and where."""
    line = content.count(b"\n", 0, len(error.doc[: error.pos].encode())) + 1
    cut = " (the file seems cut short)" if error.pos >= len(error.doc) - 1 else ""
    return NegdataError(
        f"{path} is not valid JSON: {error.msg.split(':')[0]} at line {line}, byte {error.pos:,} of "
        f"{len(content):,}{cut}.",
        "Download or write the file again.",
    )


def empty(path: Path) -> NegdataError:
    """The error for a source without a single row."""
    return NegdataError(f"{path} is empty: it holds no captions.", "Give a file with at least one captioned image.")


def file_digest(path: Path) -> str:
    """blake2b of the content of a file, here or elsewhere, read in blocks."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with local_copy(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest()


def shorten(text: str, limit: int = 60) -> str:
    """At most ``limit`` characters of a value, for an error."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def brief(value: object) -> str:
    """A value of any kind, however deep or long, for an error."""
    return shorten(_BRIEF.repr(value))


def _kind(value: object) -> str:
    names: dict[type, str] = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def _first_line(error: ValueError) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0]
