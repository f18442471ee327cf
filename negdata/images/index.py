"""Where each image of large files lies: name → file and place in it, on disk, so that millions take no memory.

It is kept in the cache folder and made anew when one of the files is another. A cache of another version, or a damaged
one, is made anew too.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from negdata.caches import cache_folder
from negdata.errors import NegdataError
from negdata.images.names import candidates, own_name
from negdata.images.ranged import RangedFile
from negdata.locks import Held, OutputLock
from negdata.whole_files import beside, write_error

_FORMAT = 1
_LONGEST_WAIT = 24 * 3600.0
_BETWEEN_TRIES = 0.2

_log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """An image: the number of its file, and two numbers that say where in it."""

    file: int
    first: int
    second: int


Named = tuple[str, Entry]
"""A name as it is written in its file, and where the image lies."""


class Index:
    """An index that is there.

    Attributes:
        notes: what of the files is not among the images, in sentences.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        weakref.finalize(self, self._connection.close)
        self._one_at_a_time = threading.Lock()
        said = dict(self._connection.execute("SELECT key, value FROM said"))
        if said.get("format") != str(_FORMAT):
            raise sqlite3.DatabaseError("another format")
        self._common: str = said["common"]
        self.count = int(said["count"])
        self.notes = [text for key, text in said.items() if key.startswith("note")]

    def find(self, name: str) -> tuple[str, Entry] | None:
        """The image that others call so, and its own name: a folder that all images lie in may be left out."""
        for candidate in candidates(name):
            for own in dict.fromkeys((candidate, self._common + candidate)):
                entry = self._entry(own)
                if entry is not None:
                    return own, entry
        return None

    def _entry(self, name: str) -> Entry | None:
        try:
            text = name.encode()
        except UnicodeEncodeError:  # half a character, as files' names may have it
            return None
        with self._one_at_a_time:
            found = self._connection.execute(
                "SELECT file, first, second FROM images WHERE name = ? ORDER BY rowid LIMIT 1", (text,)
            ).fetchone()
        return None if found is None else Entry(*found)


def open_index(place: Path, files: Sequence[RangedFile], entries: Callable[[list[str]], Iterable[Named]]) -> Index:
    """The index of the images in some files, made if it isn't there; whoever comes second waits for it.

    Args:
        place: what the user calls the files.
        files: their versions decide whether an index that is there is theirs.
        entries: all images in their order; of two of one name the first counts. Sentences about what is left out are
            added to the list.

    Raises:
        NegdataError: there is no image, or the cache can't be written.
    """
    path = _path(place, files)
    latest = time.monotonic() + _LONGEST_WAIT
    while True:
        index = _opened(path)
        if index is not None:
            return index
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock = OutputLock(path.with_suffix(".lock"), path, f"index of {place}")
        except Held as held:
            if time.monotonic() > latest:
                raise NegdataError(held.problem, "Wait for it to end, or stop it, and run again.") from None
            time.sleep(_BETWEEN_TRIES)
            continue
        try:
            if _opened(path) is None:
                _log.info("the images of %s are indexed in %s", place, path)
                _make(path, place, entries)
        finally:
            lock.release()


def _path(place: Path, files: Sequence[RangedFile]) -> Path:
    versions = blake2b(digest_size=12)
    for file in files:
        versions.update(f"{file.path.absolute()}\0{file.version}\0".encode("utf-8", "surrogatepass"))
    whose = blake2b(str(place.absolute()).encode("utf-8", "surrogatepass"), digest_size=8)
    return cache_folder().absolute() / "images" / f"{whose.hexdigest()}-{versions.hexdigest()}.sqlite"


def _opened(path: Path) -> Index | None:
    if not path.is_file():
        return None
    try:
        return Index(path)
    except (sqlite3.Error, KeyError, ValueError) as error:
        _log.info("%s is made anew: %s", path, error)
        return None


def _make(path: Path, place: Path, entries: Callable[[list[str]], Iterable[Named]]) -> None:
    new = beside(path)
    try:
        new.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as connection:
            _fill(connection, place, entries)
        for old in path.parent.glob(f"{path.name.partition('-')[0]}-*.sqlite"):
            old.unlink(missing_ok=True)  # of the same place, as it was
        new.replace(path)
    except sqlite3.Error as error:
        raise NegdataError(
            f"{new} can't be written: {error}.", "Make room, or name another cache folder with NEGDATA_CACHE."
        ) from error
    except OSError as error:
        raise write_error(new, error) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, place: Path, entries: Callable[[list[str]], Iterable[Named]]) -> None:
    # A file that isn't whole is thrown away: neither a journal nor a flush is of use before its end.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE images (name BLOB, file INTEGER, first INTEGER, second INTEGER)")
    connection.execute("CREATE TABLE said (key TEXT, value TEXT)")
    notes: list[str] = []
    folders = _Common()
    refused = 0

    def rows() -> Iterator[tuple[bytes, int, int, int]]:
        nonlocal refused
        for name, entry in entries(notes):
            own = own_name(name)
            if own is None:
                refused += 1
            else:
                folders.take(own)
                yield own.encode(), *entry

    connection.execute("BEGIN")
    connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?)", rows())
    connection.execute("CREATE INDEX by_name ON images (name)")
    (count,) = connection.execute("SELECT count(*) FROM images").fetchone()
    if not count:
        raise NegdataError(f"There is no image in {place}.", "Check --images.")
    if refused:
        notes.append(f"{refused:,} images of {place} have names that lead out of it, or that no image has")
    notes += _doubles(connection, place)
    said = {"format": str(_FORMAT), "common": folders.text, "count": str(count)}
    said |= {f"note {number}": note for number, note in enumerate(notes)}
    connection.executemany("INSERT INTO said VALUES (?, ?)", said.items())
    connection.execute("COMMIT")
    for note in notes:
        _log.warning("%s", note)


def _doubles(connection: sqlite3.Connection, place: Path) -> Iterator[str]:
    doubles, example = connection.execute(
        "SELECT count(*), min(name) FROM (SELECT name FROM images GROUP BY name HAVING count(*) > 1)"
    ).fetchone()
    if doubles:
        yield f"{doubles:,} names stand several times in {place} ({example.decode()!r}): the first image of each counts"


class _Common:
    """The folder that all names lie in, with a slash behind it; empty where there is none."""

    def __init__(self) -> None:
        self._text: str | None = None

    @property
    def text(self) -> str:
        return self._text or ""

    def take(self, name: str) -> None:
        if self._text is None:
            self._text = name[: name.rfind("/") + 1]
        while not name.startswith(self._text):
            self._text = self._text[: self._text.rstrip("/").rfind("/") + 1]
