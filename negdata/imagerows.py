"""A corpus's texts by image, in a temporary database on disk: memory stays flat, however many there are."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T", bound="str | None")


def key(text: str) -> bytes:
    """What an image's name or an id is kept by: 96 bits of its hash."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


class ImageRows(Generic[T]):
    """Rows of an image, an id and a fixed number of texts, in their order; the caller closes it."""

    def __init__(self, rows: Iterable[tuple[str, str, tuple[T, ...]]], texts: int = 1) -> None:
        # An empty name is SQLite's temporary database: in memory while small, then on disk, gone when closed.
        # A run may go on in another thread than the one that read the corpus, never in both at once.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        columns = [f"text{number}" for number in range(texts)]
        self._texts = ", ".join(columns)
        try:
            declared = "".join(f", {column} TEXT" for column in columns)
            self._database.execute(f"CREATE TABLE caption (image BLOB NOT NULL, id BLOB NOT NULL{declared})")
            self._database.execute("BEGIN")
            self._database.executemany(
                f"INSERT INTO caption VALUES (?, ?{', ?' * texts})",  # noqa: S608 - no part of it is a row's
                ((key(image), key(identity), *values) for image, identity, values in rows),
            )
            self._database.execute("CREATE INDEX by_image ON caption (image)")
            self._database.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def of(self, image: bytes) -> list[tuple[bytes, tuple[T, ...]]]:
        """The (id, texts) of an image, both names as ``key`` gives them, in the order in which they were read."""
        found = self._database.execute(
            f"SELECT id, {self._texts} FROM caption WHERE image = ? ORDER BY rowid",  # noqa: S608
            (image,),
        )
        return [(identity, tuple(values)) for identity, *values in found]

    def by_image(self) -> Iterator[tuple[bytes, tuple[T, ...]]]:
        """The (image, texts) of all rows, those of an image together."""
        found = self._database.execute(f"SELECT image, {self._texts} FROM caption ORDER BY image")  # noqa: S608
        return ((image, tuple(values)) for image, *values in found)

    def close(self) -> None:
        """Removes the temporary database."""
        self._database.close()

    def __enter__(self) -> ImageRows[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
