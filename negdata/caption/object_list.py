"""A list of objects that alone may be said to be absent: a file of names, or the categories of an instances file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.errors import NegdataError
from negdata.remote.copies import local_copy
from negdata.sources.base import shorten
from negdata.sources.coco import parse_json
from negdata.vocabulary import vocabulary

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ObjectList:
    """Objects by the vocabulary's names, and which of the file's names the vocabulary doesn't know."""

    known: frozenset[str]
    unknown: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """What of the file can't be used; empty where all can."""
        if not self.unknown:
            return []
        named = ", ".join(shorten(name) for name in self.unknown[:_MOST_NAMED])
        more = f" and {len(self.unknown) - _MOST_NAMED} more" if len(self.unknown) > _MOST_NAMED else ""
        return [f"Never said to be absent, since the vocabulary doesn't know it: {named}{more}."]


def read_objects(path: Path) -> ObjectList:
    """Reads ``*.json`` in the layout of COCO's or LVIS's instances, or text with a name a line; # begins a comment.

    Raises:
        NegdataError: the file can't be read, or the vocabulary knows none of its names.
    """
    names = _categories(path) if path.suffix == ".json" else _lines(path)
    known, unknown = set(), []
    for name in names:
        entry = vocabulary().lookup(name.replace("_", " ").strip().lower())
        if entry is None or entry.background:
            unknown.append(name)
        else:
            known.add(entry.name)
    if not known:
        raise NegdataError(
            f"{path} names no object that can be said to be absent.",
            "Give a COCO instances file, or a text file with the name of an object a line.",
        )
    return ObjectList(frozenset(known), tuple(dict.fromkeys(unknown)))


def _categories(path: Path) -> list[str]:
    found = parse_json(path).get("categories")
    if not isinstance(found, list):
        raise NegdataError(f"{path} has no list of categories.", "Give a COCO or LVIS instances file.")
    return [str(one["name"]) for one in found if isinstance(one, dict) and one.get("name")]


def _lines(path: Path) -> list[str]:
    try:
        text = local_copy(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NegdataError(f"{path} can't be read: {error}.", "Give a text file in UTF-8.") from None
    return [name for line in text.splitlines() if (name := line.split("#")[0].strip())]
