"""What a model folder says of the images that the model was trained on.

``negdata.manifest.json`` there names a list, how many images it has and its hash; the list has one image a line.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from negdata.errors import NegdataError
from negdata.exclusion.keys import ImageKeys, parse_key
from negdata.sources.base import read_bytes, unreadable
from negdata.whole_files import write_whole

MANIFEST = "negdata.manifest.json"
PART = "trained_on"
"""The key of the manifest."""
LIST = "trained_on.txt"
MOST_MANIFEST_BYTES = 64 << 20
MOST_LIST_BYTES = 2 << 30
_REMEDY = "Restore the model's folder as it was written."


class TrainedOn(BaseModel):
    """The manifest's word on the images: the list's file beside it, how many it has, blake2b of its content."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: str
    images: int = Field(ge=0)
    digest: str = Field(min_length=1, max_length=128)


def write_trained_on(folder: Path, keys: ImageKeys) -> dict[str, JsonValue]:
    """Writes the list into a model folder.

    Returns:
        What the manifest says of it, under ``trained_on``.

    Raises:
        NegdataError: the file can't be written.
    """
    write_whole(folder / LIST, keys.lines())
    return TrainedOn(file=LIST, images=len(keys), digest=keys.digest()).model_dump()


def trained_on(model: str) -> ImageKeys | None:
    """The images that a model was trained on, as far as its folder says.

    Args:
        model: a folder; anything else, such as a hub's name, says nothing.

    Returns:
        None where there is no manifest, or it doesn't say.

    Raises:
        NegdataError: the manifest or the list can't be read, or the list isn't the one that the manifest is about.
    """
    folder = Path(model)
    manifest = folder / MANIFEST
    try:
        if not manifest.exists():
            return None
    except (OSError, ValueError):  # a name that no file can have
        return None
    said = _said(manifest)
    return None if said is None else _listed(manifest, folder / said.file, said)


def _said(manifest: Path) -> TrainedOn | None:
    try:
        document: Any = orjson.loads(_content(manifest, MOST_MANIFEST_BYTES))
    except orjson.JSONDecodeError as error:
        raise NegdataError(f"{manifest} is not valid JSON: {error.msg.split(':')[0]}.", _REMEDY) from error
    part = document.get(PART) if isinstance(document, dict) else None
    if part is None:
        return None
    try:
        said = TrainedOn.model_validate(part)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, (PART, *first["loc"])))
        raise NegdataError(f"{manifest} can't be understood: {where}: {first['msg']}.", _REMEDY) from error
    if said.file in ("", ".", "..") or not said.file.isprintable() or set(said.file) & set("/\\:"):
        raise NegdataError(
            f"{manifest} has the {PART}.file {said.file[:60]!r}, which is no plain name of a file beside it.", _REMEDY
        )
    return said


def _listed(manifest: Path, file: Path, said: TrainedOn) -> ImageKeys:
    content = _content(file, MOST_LIST_BYTES)
    digest = hashlib.blake2b(content, digest_size=16).hexdigest()
    if digest != said.digest:
        raise NegdataError(
            f"{file} isn't the list that {manifest} is about: its hash is {digest}, not {said.digest[:60]!r}.", _REMEDY
        )
    keys: set[str] = set()
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        key = parse_key(line)
        if key is None:
            raise NegdataError(f"Line {number} of {file} is no image: {line[:60]!r}.", _REMEDY)
        keys.add(key)
    if len(keys) != said.images:
        raise NegdataError(
            f"{file} lists {len(keys):,} images, where {manifest} has the {PART}.images {said.images:,}.", _REMEDY
        )
    return ImageKeys(frozenset(keys))


def _content(file: Path, most: int) -> bytes:
    try:
        found = file.stat()
    except OSError as error:
        raise unreadable(file, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise NegdataError(f"{file} is no plain file.", _REMEDY)
    if found.st_size > most:
        raise NegdataError(f"{file} has {found.st_size:,} bytes; at most {most:,} are read.", _REMEDY)
    return read_bytes(file)
