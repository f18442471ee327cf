"""The names of classes, and the sentences that they are put into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from negdata.benchmark.suites.problems import said
from negdata.errors import NegdataError
from negdata.sources.base import json_error, read_bytes, shorten

TEMPLATES = Path(__file__).with_name("templates.txt")
PLACE = "{}"
MOST_CHARACTERS = 200
_WNID_LINE = re.compile(r"(n\d{8})\s+([^,]+)(?:,.*)?")
_CLASSES_REMEDY = (
    "Give --classes a JSON list or lines of text with a name for each class folder in the order of their names, or an "
    'object {"FOLDER": "name"}.'
)


def read_templates(path: Path | None) -> tuple[str, ...]:
    """The sentences of a file, one a line, or those that ship with negdata; lines that begin with # are remarks.

    Raises:
        NegdataError: the file can't be read, has no sentence, or one without ``{}``.
    """
    file = path or TEMPLATES
    lines = [line.strip() for line in _text(file).splitlines()]
    templates = tuple(line for line in lines if line and not line.startswith("#"))
    remedy = 'Write a sentence a line, with {} where the name of the class goes: "a photo of a {}."'
    if not templates:
        raise NegdataError(f"{file} has no sentence.", remedy)
    for line in templates:
        if PLACE not in line or not line.isprintable() or len(line) > MOST_CHARACTERS:
            raise NegdataError(f"{file} has the line {shorten(line)!r}, which is no sentence with {{}}.", remedy)
    return templates


def read_class_names(path: Path, folders: Sequence[str]) -> dict[str, str]:
    """The names of classes by their folders, in any of the usual forms.

    A JSON list or lines of text in the order of ``folders``; an object of names by folder, or of [folder, name] by
    number (imagenet_class_index.json); lines of a folder, a tab and a name, or of a WordNet id and its names
    (LOC_synset_mapping.txt). Of several names the first is taken.

    Raises:
        NegdataError: the file can't be read, lacks a folder's name, or has one that is none.
    """
    named = _named(path, folders)
    missing = [folder for folder in folders if folder not in named]
    if missing:
        more = f" and {len(missing) - 10:,} more" if len(missing) > 10 else ""
        raise NegdataError(f"{path} names no class for {', '.join(map(repr, missing[:10]))}{more}.", _CLASSES_REMEDY)
    for folder in folders:
        name = named[folder]
        if not isinstance(name, str) or not name.strip() or len(name) > MOST_CHARACTERS or not name.isprintable():
            raise NegdataError(f"{path} names the class {folder!r} {said(name)}, which is no name.", _CLASSES_REMEDY)
    return {folder: named[folder].strip() for folder in folders}


def name_of_folder(folder: str) -> str:
    """What a class folder is called in a sentence."""
    return " ".join(folder.replace("_", " ").replace("/", " ").split())


def _named(path: Path, folders: Sequence[str]) -> dict[str, Any]:
    text = _text(path)
    if text.lstrip()[:1] not in ("[", "{"):
        return _named_by_lines(path, text, folders)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise json_error(path, text.encode(), error) from error
    if isinstance(value, list):
        return _in_order(path, value, folders)
    if all(isinstance(one, list) and len(one) == 2 for one in value.values()):
        return {str(folder): str(name).replace("_", " ") for folder, name in value.values()}
    return dict(value)


def _named_by_lines(path: Path, text: str, folders: Sequence[str]) -> dict[str, Any]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all("\t" in line for line in lines):
        return {folder.strip(): name.strip() for folder, _, name in (line.partition("\t") for line in lines)}
    with_wnids = [_WNID_LINE.fullmatch(line) for line in lines]
    if lines and all(with_wnids):
        return {found[1]: found[2] for found in with_wnids if found is not None}
    return _in_order(path, lines, folders)


def _in_order(path: Path, names: list[Any], folders: Sequence[str]) -> dict[str, Any]:
    if len(names) != len(folders):
        raise NegdataError(f"{path} has {len(names):,} names, and there are {len(folders):,} classes.", _CLASSES_REMEDY)
    return dict(zip(folders, names, strict=True))


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NegdataError(f"{path} is not UTF-8 at byte {error.start:,}.", "Save it as UTF-8.") from error
