"""What every place of images has in common: an image is asked for by the name that others gave it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from negdata.errors import NegdataError
from negdata.pictures import BadImage
from negdata.remote import Address


@dataclass(frozen=True, slots=True)
class Stored:
    """An image's file as it was stored: its bytes, and what errors call it."""

    content: bytes
    where: str


class Images(Protocol):
    """The images of a place. Any number of threads may ask at once; nothing outside of the place is ever found.

    A name may be written as in ``negdata.images.names``: with folders that the place doesn't have, or as another
    release of COCO has it.
    """

    place: Path

    def find(self, name: str) -> str | None:
        """The image's name in this place, without its bytes being read; None where there is none."""

    def read(self, name: str) -> Stored:
        """The image's bytes.

        Raises:
            BadImage: ``image-missing``, ``image-empty``, ``image-too-large``, ``image-broken`` where what holds it is
                damaged or has changed, or ``image-unreachable``.
        """

    def path(self, name: str) -> Path | None:
        """The image's own file, where it is one of this machine."""


def missing(name: str, place: Path) -> BadImage:
    """The failure of an image that isn't there."""
    return BadImage("image-missing", f"{name} is not among the images of {place}")


def unreadable_within(file: Path, name: str, error: NegdataError) -> BadImage:
    """The failure of an image whose file, one that holds several, can't be read or was changed."""
    code = "image-unreachable" if isinstance(file, Address) else "image-broken"
    return BadImage(code, f"{name}: {error.problem}")
