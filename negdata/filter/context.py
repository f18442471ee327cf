"""What is written about each image of a corpus, from its records and from further captions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType

from negdata.filter.text import ImageText
from negdata.imagerows import ImageRows, key
from negdata.records import CaptionRecord

MOST = 200
"""Captions of an image that a record is compared with, at most: the first, and the negated ones right before it."""
_Row = tuple[str, str, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class _Image:
    """An image's texts; ``places`` tells how many of ``written`` stand before the record with an id."""

    captions: tuple[str, ...]
    written: tuple[tuple[str, str | None], ...]
    places: dict[bytes, int]

    def before(self, identity: str) -> ImageText:
        """The texts, as the record with this id is compared with them."""
        place = self.places.get(key(identity), len(self.written))
        return ImageText(self.captions, self.written[max(0, place - MOST) : place])


class ImageTexts:
    """The captions and negated captions of a corpus by image, on disk; the caller closes it."""

    def __init__(self, records: Iterable[CaptionRecord], further: Iterable[tuple[str, str]] = ()) -> None:
        """Reads records in the order of their file, and (image, caption) pairs of other captions of the same images.

        A record without an image has one to itself.
        """
        self._rows: ImageRows[str | None] = ImageRows(_rows(records, further), texts=3)
        self._images = lru_cache(maxsize=2_048)(self._read)

    def of(self, image: str | None, identity: str) -> ImageText:
        """What is written about the image of the record with this id; one that was not read stands last."""
        return self._images(key(image or identity)).before(identity)

    def close(self) -> None:
        """Removes the temporary database."""
        self._images.cache_clear()
        self._rows.close()

    def __enter__(self) -> ImageTexts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, image: bytes) -> _Image:
        return _image(self._rows.of(image))


def texts_of(records: Sequence[CaptionRecord], further: Iterable[str] = ()) -> list[ImageText]:
    """What is written about one image, for each of its records.

    Args:
        records: all of the image's, in the order of their file.
        further: other captions of it.
    """
    rows = [*_rows(records, ((record.image or record.id, caption) for caption in further for record in records[:1]))]
    found = _image((key(identity), texts) for _, identity, texts in rows)
    return [found.before(record.id) for record in records]


def _image(rows: Iterable[tuple[bytes, tuple[str | None, ...]]]) -> _Image:
    captions: dict[str, None] = {}
    written: list[tuple[str, str | None]] = []
    places: dict[bytes, int] = {}
    for identity, (caption, negated_caption, negated) in rows:
        if caption is not None and len(captions) < MOST:
            captions[caption] = None
        places.setdefault(identity, len(written))
        if negated_caption is not None:
            written.append((negated_caption, negated))
    return _Image(tuple(captions), tuple(written), places)


def _rows(records: Iterable[CaptionRecord], further: Iterable[tuple[str, str]]) -> Iterator[_Row]:
    for record in records:
        yield record.image or record.id, record.id, (record.caption, record.negated_caption, record.negated)
    for image, caption in further:
        # A lone surrogate, which a database can't hold, comes from no record: pydantic refuses it.
        yield image, "", (caption.encode("utf-8", "replace").decode("utf-8"), None, None)
