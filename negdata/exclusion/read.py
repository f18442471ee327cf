"""The images of a benchmark, from whatever file tells of them: published benchmarks, COCO, tables, lists, folders."""

from __future__ import annotations

import reprlib
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.exclusion.keys import ImageKeys, key_of, parse_key
from negdata.imagenames import IMAGE_SUFFIXES, base_name
from negdata.remote.copies import local_copy
from negdata.sources import SUFFIXES
from negdata.sources.base import read_bytes, shorten, unreadable
from negdata.sources.coco import json_value
from negdata.sources.delimited import DelimitedFile
from negdata.sources.folder import image_files
from negdata.sources.jsonl import NotJson, read_objects
from negdata.sources.tables import IMAGE_NAMES, usual_column

MOST_BYTES = 2 << 30
"""Of a JSON document, which is held in memory: LVIS's largest has 1.2 GB."""
MOST_IMAGES = 20_000_000
MOST_KEY_CHARACTERS = 1_000
_NAMES = (*IMAGE_NAMES, "coco_url")
_IDS = ("image_id", "cocoid")
_LISTS = ("annotations", "questions")
"""What lists the images of a COCO or VQAv2 document that has no ``images``."""
_HEAD = 1 << 16
_BOM = b"\xef\xbb\xbf"
_KINDS = (
    "Give the benchmark as it was published (NegRefCOCOg, VALSE, NegBench), COCO captions or instances, JSON lines, "
    "CSV, a list of image names (one a line), or the folder of its images."
)


def images_of(bench: Path) -> ImageKeys:
    """The images that a benchmark uses.

    Args:
        bench: a JSON list of items with an ``image`` (NegRefCOCOg) or an object of items with an ``image_file``
            (VALSE), CSV with ``image_path`` or ``filepath`` (NegBench), COCO captions or instances, VQAv2 questions,
            JSON lines, a text with a name a line, or a folder of images.

    Raises:
        NegdataError: it can't be read, is nothing of these, names no image, or one of its items doesn't: what isn't
            known can't be left out.
    """
    found: set[str] = set()
    for key in _keys(local_copy(bench)):
        found.add(key)
        if len(found) > MOST_IMAGES:
            raise NegdataError(f"{bench} names more than {MOST_IMAGES:,} images.", "Give the benchmark's own file.")
    if not found:
        raise NegdataError(f"{bench} names no image.", _KINDS)
    return ImageKeys(frozenset(found))


def _keys(bench: Path) -> Iterator[str]:
    head = _head(bench)
    if head is None:
        return _of_folder(bench)
    kind = SUFFIXES.get(bench.suffix.lower())
    start = head.removeprefix(_BOM).lstrip()
    if kind == "jsonl" or (kind is None and _is_json_lines(start)):
        return _of_json_lines(bench)
    if kind is None and start[:1] in (b"{", b"["):
        return _of_document(bench)
    if kind == "csv" or (kind is None and _is_table(bench, head)):
        return _of_table(bench)
    if kind is not None or b"\0" in head:
        raise NegdataError(f"{bench} is no benchmark that can be read: it begins with {head[:16]!r}.", _KINDS)
    return _of_text(bench)


def _head(bench: Path) -> bytes | None:
    """The first bytes of a file; None of a folder."""
    try:
        mode = bench.stat().st_mode
        if stat.S_ISDIR(mode):
            return None
        if not stat.S_ISREG(mode):  # a pipe or a device may give bytes for ever
            raise NegdataError(f"{bench} is no plain file.", _KINDS)
        with bench.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise unreadable(bench, error) from error
    if not head.strip():
        raise NegdataError(f"{bench} is empty: it names no image.", _KINDS)
    return head


def _is_json_lines(start: bytes) -> bool:
    """Whether the first line is a whole object, and not all there is."""
    first, _, rest = start.partition(b"\n")
    if not first.startswith(b"{") or not rest.strip():
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_table(bench: Path, head: bytes) -> bool:
    """Whether the first line is a header with a column of images; a list of names has none."""
    first, line_break, _ = head.partition(b"\n")
    if b"\0" in head or not line_break or not first.strip():
        return False
    return usual_column((*_NAMES, *_IDS), DelimitedFile(bench).header) is not None


def _of_folder(folder: Path) -> Iterator[str]:
    try:
        for file in image_files(folder):
            key = key_of(file.name)
            assert key is not None  # a name with a suffix
            yield key
    except OSError as error:
        raise unreadable(folder, error) from error


def _of_json_lines(bench: Path) -> Iterator[str]:
    for number, value in read_objects(bench):
        if isinstance(value, NotJson):
            raise _bad(bench, f"line {number}", str(value))
        yield from _of_item(bench, f"line {number}", value)


def _of_table(bench: Path) -> Iterator[str]:
    table = DelimitedFile(bench)
    if usual_column((*_NAMES, *_IDS), table.header) is None:
        shown = ", ".join(repr(shorten(name)) for name in table.header[:20])
        raise NegdataError(
            f"{bench} has no column of images; its columns are {shown}.",
            f"Name the column {IMAGE_NAMES[0]!r}, or give a list of image names, one a line, as a .txt file.",
        )
    for _, where, cells in table.rows():
        misfit = table.misfit(cells)
        if misfit is not None:
            raise _bad(bench, where, misfit)
        yield from _of_item(bench, where, dict(zip(table.header, cells, strict=True)))


def _of_document(bench: Path) -> Iterator[str]:
    size = bench.stat().st_size
    if size > MOST_BYTES:
        raise NegdataError(
            f"{bench} has {size:,} bytes; a JSON document of at most {MOST_BYTES:,} is read.",
            "Give the list of its images, one name a line.",
        )
    content = read_bytes(bench).removeprefix(_BOM)
    images = _coco_images(content)
    if images is not None:
        for number, image in enumerate(images, 1):
            yield from _of_item(bench, f"image number {number}", image, (*_IDS, "id"))
        return
    for where, item in _items(bench, json_value(bench, content)):
        yield from _of_item(bench, where, item)


def _coco_images(content: bytes) -> list[Any] | None:
    """The ``images`` of a COCO document, without the annotations, which are nearly all of it; None: it has none."""
    import msgspec

    class Document(msgspec.Struct):
        images: Any = None

    try:
        images = msgspec.json.decode(content, type=Document).images
    except (msgspec.MsgspecError, RecursionError):
        return None  # what is wrong with it is told where it is read as a whole
    return images if isinstance(images, list) and images else None


def _items(bench: Path, document: Any) -> Iterator[tuple[str, object]]:
    if isinstance(document, list):
        return ((f"item {number}", item) for number, item in enumerate(document, 1))
    for key in _LISTS:
        if isinstance(document.get(key), list):
            return ((f"{key.removesuffix('s')} number {number}", item) for number, item in enumerate(document[key], 1))
    if _value(document, (*_NAMES, *_IDS)) is not None:
        return iter([("its only item", document)])
    if document and all(isinstance(item, dict) for item in document.values()):
        return ((f"item {shorten(key)}", item) for key, item in document.items())
    shown = ", ".join(repr(shorten(key)) for key in list(document)[:10]) or "none"
    raise NegdataError(f"{bench} holds an object that lists no images; its keys are {shown}.", _KINDS)


def _of_item(bench: Path, where: str, item: object, ids: tuple[str, ...] = _IDS) -> Iterator[str]:
    """The keys of the image that an item names, or of all that it lists."""
    if not isinstance(item, dict):
        yield _key(bench, where, item)
        return
    value, identity = _value(item, _NAMES), _value(item, ids)
    if value is None and identity is None:
        shown = ", ".join(repr(shorten(str(key))) for key in list(item)[:12]) or "none"
        raise _bad(bench, where, f"it names no image; its keys are {shown}")
    for one in value if isinstance(value, list) and value else [value]:
        yield _key(bench, where, one, identity)


def _value(item: Mapping[str, object], names: tuple[str, ...]) -> object:
    """The first of the named values that says something."""
    by_lower = {key.lower(): value for key, value in item.items() if value not in (None, "")}
    return next((by_lower[name] for name in names if name in by_lower), None)


def _key(bench: Path, where: str, name: object, identity: object = None) -> str:
    """The key of a name, of a number, or else of an identity."""
    key = key_of(name, identity) if isinstance(name, str) or name is None else key_of(None, name)
    if key is None:
        raise _bad(bench, where, f"its image is {_shown(name if identity is None else identity)}, which is no name")
    if "\ufffd" in key:
        raise _bad(bench, where, f"its image's name holds a control character or isn't UTF-8 ({_shown(name)})")
    if len(key) > MOST_KEY_CHARACTERS:
        raise _bad(bench, where, f"its image has a name of {len(key):,} characters")
    return key


def _of_text(bench: Path) -> Iterator[str]:
    try:
        with bench.open("rb") as file:
            number = 0
            while line := file.readline(_HEAD):
                number += 1
                try:
                    name = (line.removeprefix(_BOM) if number == 1 else line).decode().strip()
                except UnicodeDecodeError as error:
                    raise _bad(bench, f"line {number}", "it is not UTF-8") from error
                if name:
                    yield _listed(bench, f"line {number}", name)
    except OSError as error:
        raise unreadable(bench, error) from error


def _listed(bench: Path, where: str, name: str) -> str:
    """The key of a line of a list, which may hold any text: a name looks like an image's, or is a key itself."""
    key = parse_key(name)
    if key is not None:
        return key
    is_file = PurePosixPath(base_name(name)).suffix.lower() in IMAGE_SUFFIXES
    if is_file or (key_of(name) or "").startswith("coco:"):
        return _key(bench, where, name)
    raise _bad(bench, where, f"{_shown(name)} is no name of an image")


def _shown(value: object) -> str:
    """A value of any depth and length, for an error."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 60
    return shorten(short.repr(value))


def _bad(bench: Path, where: str, problem: str) -> NegdataError:
    return NegdataError(
        f"{bench}, {where}: {problem}.", f"What isn't known can't be left out: mend or remove it. {_KINDS}"
    )
