"""Copies of files from elsewhere: a reader that needs a file of this machine gets one that bears its address.

    CACHE/remote/5c1e…/content    a whole file; the hash is of its address and of what its server says of its version
    CACHE/remote/5c1e….lock       held by whoever fetches or uses it

A copy that is current isn't fetched again. What is in use is never removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path, PosixPath
from secrets import token_hex
from typing import Any

from negdata.caches import copy_cache
from negdata.errors import NegdataError
from negdata.locks import lock_file
from negdata.remote.address import Address
from negdata.remote.errors import Passing
from negdata.remote.files import filesystem, info
from negdata.remote.patience import patiently
from negdata.whole_files import FULL, beside, write_error

MOST_BYTES = 20 << 30
"""Of all copies together; those that were not used for the longest time are removed first."""
_CONTENT = "content"
_VERSION = ("ETag", "etag", "LastModified", "last_modified", "mtime", "generation", "sha256", "blob_id", "md5")
"""What storages call that which changes with a file's content."""

_in_use: dict[Path, int] = {}
"""The lock files of the copies that this process uses, to its end."""
_one_thread = threading.RLock()


class Copied(Address):
    """An address whose file was copied here: it is read like a file of this machine, and called by its address."""

    here: Path | None = None

    def __fspath__(self) -> str:
        return self.url if self.here is None else os.fspath(self.here)

    def __reduce__(self) -> tuple[type[Address], tuple[str, ...]]:
        return Address, self.parts  # the copy may not be there where it is unpacked

    open = PosixPath.open  # type: ignore[assignment]


def local_copy(path: Path) -> Path:
    """A path of this machine as it is; of an address a ``Copied``, whose file lies in the cache.

    Raises:
        Missing: there is no such file.
        NegdataError: it is a folder, can't be fetched, or there is no room for it.
    """
    if not isinstance(path, Address) or isinstance(path, Copied):
        return path
    copied = Copied(path.url)
    copied.here = kept(path, lambda said, file: _fetch(path, said.get("size"), file))
    return copied


def kept(address: Address, make: Callable[[dict[str, Any], Path], None], what: str = "") -> Path:
    """A file in the cache that is made of what an address holds, as long as that stays the same.

    Args:
        make: writes the file; it is told what the storage says of the address.
        what: is made, where it isn't the content itself.
    """
    said = info(address)
    if said.get("type") == "directory":
        raise NegdataError(f"{address} is a folder.", "Name a file.")
    folder = copy_cache() / _key(address, said, what)
    file, lock = folder / _CONTENT, folder.with_name(f"{folder.name}.lock")
    _make_folder(folder.parent)
    with _one_thread:
        while True:
            if folder not in _in_use:
                _use(folder, lock)
            if file.exists():
                os.utime(folder)
                return file
            _let_go(folder)
            _make(file, lock, lambda: make(said, beside(file)))
            _make_room(folder)


def version(said: dict[str, Any]) -> str | None:
    """What changes with the content, of what a storage says of a file; None where it says no such thing."""
    told = [f"{name}={said[name]}" for name in _VERSION if said.get(name)]
    return " ".join([*told, f"size={said.get('size')}"]) if told else None


def _key(address: Address, said: dict[str, Any], what: str) -> str:
    # What can't be told to be current is fetched again.
    current = version(said) or token_hex(8)
    return blake2b(f"{address.url}\n{current}\n{what}".encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _use(folder: Path, lock: Path) -> None:
    descriptor = lock_file(lock, shared=True)
    assert descriptor is not None  # it was waited for
    _in_use[folder] = descriptor


def _let_go(folder: Path) -> None:
    os.close(_in_use.pop(folder))


def _make(file: Path, lock: Path, make: Callable[[], None]) -> None:
    """Has the file made, by this process or by another that was first."""
    descriptor = lock_file(lock)
    assert descriptor is not None
    try:
        if file.exists():
            return
        _make_folder(file.parent)
        try:
            make()
            beside(file).replace(file)
        except BaseException:
            shutil.rmtree(file.parent, ignore_errors=True)
            raise
    finally:
        os.close(descriptor)


def _fetch(address: Address, size: int | None, file: Path) -> None:
    def fetch() -> None:
        files, path = filesystem(address)
        try:
            files.get_file(path, str(file))
        except OSError as error:
            if error.errno in FULL:
                raise write_error(file, error) from error
            raise
        got = file.stat().st_size
        if size is not None and got != size:
            raise Passing(
                f"{address} broke off after {got:,} of {size:,} bytes.", "Run the command again.", answered=True
            )

    patiently(address, fetch)


def _make_room(fresh: Path) -> None:
    """Removes the copies that were not used for the longest time, as far as the others are too much."""
    found = []
    for folder in copy_cache().iterdir():
        with contextlib.suppress(OSError):  # another process removes it
            if folder.is_dir():
                held = (folder / _CONTENT).stat()
                found.append((folder.stat().st_mtime, held.st_size, folder))
    total = sum(size for _, size, _ in found)
    for _, size, folder in sorted(found):
        if total <= MOST_BYTES:
            return
        if folder != fresh and folder not in _in_use and _removed(folder):
            total -= size


def _removed(folder: Path) -> bool:
    """Whether a copy could be removed: nobody uses it."""
    lock = folder.with_name(f"{folder.name}.lock")
    descriptor = lock_file(lock, wait=False)
    if descriptor is None:
        return False
    try:
        shutil.rmtree(folder, ignore_errors=True)
        lock.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
