"""A cache of model replies on disk, by the hash of everything that shapes them.

A reply is stored before its record is, so a run that is killed asks for nothing that it had an answer to.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import orjson

from negdata.backends.base import Reply, Request
from negdata.caches import cache_folder

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_BUSY_SECONDS = 5.0


def default_cache_path() -> Path:
    """Where replies are kept: ``$NEGDATA_CACHE/replies.sqlite``, or the user's cache folder."""
    return cache_folder() / "replies.sqlite"


def reply_key(request: Request, backend: str, model: str, base_url: str | None) -> str:
    """The hash of everything that shapes a reply: the request, its images' content, and who answers it."""
    sampling = request.sampling
    shape = {
        "task": request.task,
        "prompt": request.prompt,
        "inputs": request.inputs,
        "messages": [(message.role, message.content) for message in request.messages],
        "schema": request.schema,
        "sampling": (sampling.temperature, sampling.top_p, sampling.max_tokens),
        "seed": request.seed,
        "images": [blake2b(image, digest_size=16).hexdigest() for image in request.images],
        **({"choices": request.choices} if request.choices else {}),
        "backend": backend,
        "model": model,
        "base_url": base_url,
    }
    return blake2b(orjson.dumps(shape, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()


class ReplyCache:
    """Replies by key, in one SQLite file that any number of runs share.

    It never fails a run: a file that is corrupt is moved aside and begun anew, and where the disk is full or the file
    can't be written the run goes on without the cache. Either is said once, in ``notes`` and through ``warn``.

    Args:
        path: the file; None takes ``default_cache_path()``.
        warn: takes one sentence for the user.
    """

    def __init__(self, path: Path | None = None, warn: Callable[[str], None] | None = None) -> None:
        self.path = path or default_cache_path()
        self.notes: list[str] = []
        self._on_warning = warn
        self._database: sqlite3.Connection | None = None
        self._readonly = False
        _log.info("replies are kept in %s", self.path)
        self._open()

    def get(self, key: str) -> Reply | None:
        """The reply under a key, or None."""
        row = self._guarded(
            lambda database: database.execute(
                "SELECT text, prompt_tokens, completion_tokens, masses FROM replies WHERE key = ?",
                (bytes.fromhex(key),),
            ).fetchone()
        )
        if row is None:
            return None
        text, prompt_tokens, completion_tokens, masses = row
        return Reply(text, prompt_tokens, completion_tokens, tuple(orjson.loads(masses)) if masses else None)

    def put(self, key: str, reply: Reply) -> None:
        """Stores a reply; it is on disk, for another process to read, when this returns."""
        if self._readonly:
            return
        masses = orjson.dumps(reply.masses).decode() if reply.masses is not None else None
        tokens = reply.prompt_tokens, reply.completion_tokens
        values = (bytes.fromhex(key), reply.text, *tokens, int(time.time()), masses)
        self._guarded(
            lambda database: database.execute(
                "INSERT OR REPLACE INTO replies (key, text, prompt_tokens, completion_tokens, stored, masses) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )
        )

    def close(self) -> None:
        """Closes the file; a cache that is closed holds nothing."""
        if self._database is not None:
            try:
                self._database.close()
            except sqlite3.Error as error:
                self._warn(f"The reply cache {self.path} was not closed cleanly: {error}.")
            self._database = None

    def __enter__(self) -> ReplyCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _warn(self, note: str) -> None:
        self.notes.append(note)
        if self._on_warning is not None:
            self._on_warning(note)

    def _open(self) -> None:
        deadline = time.monotonic() + _BUSY_SECONDS
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while self._database is None:
                try:
                    self._database = _connect(self.path)
                except sqlite3.OperationalError as error:
                    # Two runs that begin a file at once: SQLite doesn't wait for the other's switch to its log.
                    if not _is_busy(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
        except sqlite3.Error as error:
            self._troubled(error)
        except OSError as error:
            self._warn(f"Going on without the reply cache {self.path}: {error.strerror}.")

    def _guarded(self, action: Callable[[sqlite3.Connection], _T]) -> _T | None:
        if self._database is None:
            return None
        try:
            return action(self._database)
        except sqlite3.Error as error:
            self._troubled(error)
            return None

    def _troubled(self, error: sqlite3.Error) -> None:
        code = _code(error)
        if _is_busy(error) and self._database is not None:
            return  # another run holds the file just now: this one reply is not stored
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            self._move_aside(error)
        elif code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY) and self._database is not None:
            self._readonly = True
            self._warn(f"No more replies are stored in {self.path}: {error}.")
        else:
            self.close()
            self._warn(f"Going on without the reply cache {self.path}: {error}.")

    def _move_aside(self, error: sqlite3.Error) -> None:
        self.close()
        aside = self.path.with_name(f"{self.path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
        try:
            for suffix in ("", "-wal", "-shm"):
                part = self.path.with_name(self.path.name + suffix)
                if part.exists():
                    part.replace(aside.with_name(aside.name + suffix))
            self._database = _connect(self.path)
        except (OSError, sqlite3.Error) as second:
            self._database = None
            self._warn(f"Going on without the reply cache {self.path}, which is corrupt ({error}; {second}).")
        else:
            self._warn(f"The reply cache {self.path} was corrupt ({error}); it is now {aside.name}, and begun anew.")


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _add_masses(database: sqlite3.Connection) -> None:
    """Widens the table of an earlier version; another run may have done so a moment ago."""
    try:
        database.execute("ALTER TABLE replies ADD COLUMN masses TEXT")
    except sqlite3.OperationalError as error:
        if "duplicate column" not in str(error):
            raise


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # With a write-ahead log and synchronous=NORMAL a killed process loses nothing that was stored, and a power cut
        # only the latest replies: no flush a reply, and the file stays whole.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, text TEXT NOT NULL, "
            "prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, stored INTEGER NOT NULL, masses TEXT) "
            "WITHOUT ROWID"
        )
        if "masses" not in {column[1] for column in database.execute("PRAGMA table_info(replies)")}:
            _add_masses(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


@contextmanager
def open_replies(wanted: bool) -> Iterator[ReplyCache | None]:
    """The user's cache of replies until the block ends; None where a run stores none, or asks no model."""
    if not wanted:
        yield None
        return
    with ReplyCache() as cache:
        yield cache
