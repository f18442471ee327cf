"""What is wrong with a benchmark's file: all of it is counted, the first of it is told."""

from __future__ import annotations

import re
from pathlib import Path

from negdata.errors import NegdataError
from negdata.sources.base import brief, caption_problem, image_problem, shorten

SHOWN = 10
_NO_TEXT = re.compile("[\ud800-\udfff\N{REPLACEMENT CHARACTER}]")
"""What stands for bytes that are no UTF-8."""


class Problems:
    """The problems of one file.

    Args:
        path: the file.
        remedy: what to do about them, for people.
    """

    def __init__(self, path: Path, remedy: str) -> None:
        self._path = path
        self._remedy = remedy
        self._listed: list[str] = []
        self._count = 0
        self._ids: set[str] = set()

    def add(self, where: str, *problems: str | None) -> bool:
        """Takes note of the problems, those that are None left out; says whether there is any."""
        found = [f"{where}: {problem}" for problem in problems if problem is not None]
        self._count += len(found)
        self._listed += found[: max(0, SHOWN - len(self._listed))]
        return bool(found)

    def add_id(self, where: str, identity: str) -> bool:
        """Takes note of an id that stood in the file before; says whether it did."""
        if identity in self._ids:
            return self.add(where, f"its id {shorten(identity)!r} stands in the file before")
        self._ids.add(identity)
        return False

    def refuse(self) -> None:
        """Raises NegdataError where there is any problem."""
        if not self._count:
            return
        counted = "a problem" if self._count == 1 else f"{self._count:,} problems"
        more = f"; and {self._count - len(self._listed):,} more" if self._count > len(self._listed) else ""
        raise NegdataError(f"{self._path} has {counted}: {'; '.join(self._listed)}{more}.", self._remedy)


def text_problem(field: str, value: object) -> str | None:
    """Why this can't be a text that a model is shown, or None."""
    if value is None:
        return f"{field} is missing"
    problem = caption_problem(value)  # type: ignore[arg-type]
    if problem is not None:
        return field + problem.removeprefix("caption")
    return _encoding_problem(field, str(value))


def name_problem(field: str, value: object) -> str | None:
    """Why this can't be the name of an image below ``--images``, or None."""
    problem = image_problem(value, required=True)  # type: ignore[arg-type]
    if problem is None and "\\" in str(value):
        problem = f"image has a backslash ({shorten(str(value))}); folders are parted by /"
    return field + problem.removeprefix("image") if problem is not None else _encoding_problem(field, str(value))


def _encoding_problem(field: str, text: str) -> str | None:
    return f"{field} holds what is no UTF-8 ({shorten(ascii(text))})" if _NO_TEXT.search(text) else None


def said(value: object) -> str:
    """A value as it stands in an error."""
    return "missing" if value is None else brief(value)
