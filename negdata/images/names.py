"""Under which names an image may be stored that a record or a benchmark names: others wrote them on other machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from negdata.imagenames import coco_number
from negdata.sources.base import image_problem

_SETS_2014 = ("train2014", "val2014", "test2014", "test2015")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
"""What most names are: with millions of them it counts that nothing more has to be looked at."""
_LONGEST_PLAIN = 500


def candidates(name: str) -> Iterator[str]:
    """The names to look under, the likeliest first; none for a name that is no image's, or leads out of its place.

    The name as it stands, then ever shorter tails of it: ``data/coco/images/val2017/000000397133.jpg`` is found whether
    the place is the folder that holds ``data``, COCO's own, or ``val2017`` itself. Each is also tried under COCO's
    other name for the same photograph, ``COCO_val2014_000000397133.jpg`` for ``000000397133.jpg``.
    """
    if image_problem(name, required=True) is not None or "\\" in name:
        return
    parts = PurePosixPath(name).parts
    for start in range(len(parts)):
        yield "/".join(parts[start:])
        folder = "".join(f"{part}/" for part in parts[start:-1])
        yield from (folder + other for other in _other_names(parts[-1]))


def own_name(name: str) -> str | None:
    """A stored name as ``candidates`` writes it, ``./a//b.jpg`` as ``a/b.jpg``; None where nobody can ask for it."""
    if _PLAIN.fullmatch(name) and len(name) <= _LONGEST_PLAIN:
        return name
    own = next(candidates(name), None)
    return own if own is not None and next(candidates(own), None) == own else None  # "./C:" is a name, "C:" is none


def _other_names(name: str) -> Iterator[str]:
    """What COCO calls the same photograph in its other releases."""
    number = coco_number(name)
    if number is not None:
        names = [f"{number:012d}.jpg", *(f"COCO_{images}_{number:012d}.jpg" for images in _SETS_2014)]
        yield from (other for other in names if other != name)
