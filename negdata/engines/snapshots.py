"""What an unfinished block has come to, kept beside an output that is elsewhere: another machine can go on with it."""

from __future__ import annotations

import io
import tarfile
import threading
import time
from pathlib import Path

from negdata.engines.plan import WORKING
from negdata.errors import NegdataError
from negdata.storage import Storage
from negdata.store import OutputPaths

_EVERY = 30.0
"""Seconds of work that are lost at most."""


class Snapshots:
    """Puts the files of the block at hand there now and then; one block at a time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._due = time.monotonic() + _EVERY
        self._thread: threading.Thread | None = None

    def take_if_due(self, number: int, paths: OutputPaths) -> None:
        """Begins to put the files there where the time has come; on a thread, since it may take seconds."""
        if time.monotonic() < self._due or (self._thread is not None and self._thread.is_alive()):
            return
        self._due = time.monotonic() + _EVERY
        self._thread = threading.Thread(target=self._take, args=(number, paths), name="snapshot", daemon=True)
        self._thread.start()

    def restore(self, number: int, paths: OutputPaths) -> None:
        """Lays out the files of a block that another machine began; nothing where there is none."""
        content = self._storage.read(_name(number))
        if content is None:
            return
        files = {path.name: path for path in _files(paths)}
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                if member.name in files and file is not None:
                    files[member.name].write_bytes(file.read())

    def remove(self, number: int) -> None:
        """Removes what was put there, once the block is a part."""
        if self._thread is not None:
            self._thread.join()
        self._storage.remove(_name(number))

    def _take(self, number: int, paths: OutputPaths) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            # The records before the manifest: a store goes on with what it finds only where there is a manifest.
            for path in _files(paths):
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    continue
                member = tarfile.TarInfo(path.name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        try:
            self._storage.write(_name(number), buffer.getvalue())
        except NegdataError:
            return  # the block itself is written, or fails, for all to see


def _files(paths: OutputPaths) -> tuple[Path, ...]:
    return (*paths.lines, paths.manifest)


def _name(number: int) -> str:
    return f"{WORKING}/stores/{number:05d}.tar"
