"""Images by what stays of them in every file: the number of a COCO photograph, else the file's name.

Where it can't be told whether two names are of one image, they are taken for one: an image that is left out for nothing
costs a caption, one that is overlooked makes a score worthless.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from negdata.imagenames import coco_number, image_stem

_NUMBER = re.compile(r"[0-9]{1,18}")
_WHOLE = re.compile(r"([0-9]{1,18})\.0*")
"""How tables that lack some ids spell the others."""
_KEY = re.compile(r"coco:(?:0|[1-9][0-9]{0,17})|file:[^\\/]+")


def key_of(image: object, image_id: object = None) -> str | None:
    """``coco:250196`` or ``file:v7w_1``; None where neither a name nor an id is given.

    The name decides where there is one. A number alone, as an id or as a name, is taken for COCO's. Other names count
    without their folder, their case and an image's suffix.
    """
    if isinstance(image, str):
        key = _of_name(image)
        if key is not None:
            return key
    if isinstance(image_id, str):
        whole = _WHOLE.fullmatch(image_id.strip())
        return _of_name(whole[1] if whole else image_id)
    if isinstance(image_id, float) and image_id.is_integer():
        image_id = int(image_id)
    if isinstance(image_id, int) and not isinstance(image_id, bool) and 0 <= image_id < 10**18:
        return f"coco:{image_id}"
    return None


def parse_key(text: str) -> str | None:
    """The text itself if it is a key as ``key_of`` writes them."""
    return text if _KEY.fullmatch(text) and text.isprintable() else None


def describe(key: str) -> str:
    """The image of a key, for people, with how far the key can be trusted."""
    kind, _, name = key.partition(":")
    return f"the image number {name}" if kind == "coco" else f"an image of the name {name} (folders aren't compared)"


@dataclass(frozen=True, slots=True)
class ImageKeys:
    """A set of images, each as ``key_of`` knows it."""

    keys: frozenset[str] = frozenset()

    @classmethod
    def of(cls, images: Iterable[str | int]) -> ImageKeys:
        """The images with these names or ids; what is neither is left out."""
        found = (key_of(None, image) if isinstance(image, int) else key_of(image) for image in images)
        return cls(frozenset(key for key in found if key is not None))

    def holds(self, image: str | None, image_id: int | str | None = None) -> bool:
        """Whether the image with this name, or this id where it has none, is one of them."""
        return key_of(image, image_id) in self.keys

    def lines(self) -> bytes:
        """The keys one a line, in an order that follows from them alone."""
        return "".join(f"{key}\n" for key in sorted(self.keys)).encode()

    def digest(self) -> str:
        """blake2b of ``lines``: the same for the same images, whatever file tells of them."""
        return hashlib.blake2b(self.lines(), digest_size=16).hexdigest()

    def __len__(self) -> int:
        return len(self.keys)


def shared(one: ImageKeys, other: ImageKeys) -> int:
    """How many images are in both."""
    return len(one.keys & other.keys)


def _of_name(name: str) -> str | None:
    name = name.strip()
    number = coco_number(name)
    stem = image_stem(name)
    if number is None and _NUMBER.fullmatch(stem):
        number = int(stem)
    if number is not None:
        return f"coco:{number}"
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())
    # Line breaks would end a key in a file, and what no file can hold would end the run.
    plain = "".join(c if c.isprintable() else "\ufffd" for c in folded).strip()
    return f"file:{plain}" if plain else None
