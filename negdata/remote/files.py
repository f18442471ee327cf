"""Files elsewhere, by their address: whether they are there, and what they hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.remote.address import Address
from negdata.remote.errors import Missing, told
from negdata.remote.patience import patiently
from negdata.remote.schemes import scheme_of

__all__ = [
    "exists",
    "filesystem",
    "info",
    "is_file",
    "is_folder",
    "names",
    "names_below",
    "read_bytes",
    "read_range",
    "size",
    "told",
]

CONNECT_SECONDS, READ_SECONDS = 5, 9
"""Of silence: together less than a quarter of a minute, so that a wrong address is told of soon."""
_WEB = frozenset({"http", "https"})
_NO_HEAD = frozenset({403, 405, 501})
_EMPTY_RANGE = re.compile("InvalidRange|416")


def filesystem(address: Address) -> tuple[Any, str]:
    """fsspec's file system of an address, and the path in it.

    It may be kept no longer than for one call: a process that is forked needs its own. It tries once; ``patiently``
    tries again.

    Raises:
        NegdataError: a package is missing, or fsspec knows no such scheme.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise NegdataError(
            f"{address} is an address, and fsspec, which reaches it, is not installed.",
            'Run: pip install "negdata[remote]"',
        ) from error
    try:
        with told(address):
            files, path = url_to_fs(address.url, **_options(address.scheme))
    except ImportError as error:
        raise NegdataError(
            f"{address} needs a package that is not installed ({error}).", f"Run: {scheme_of(address.scheme).install}"
        ) from error
    except ValueError as error:
        raise NegdataError(f"{address} is no address that can be reached ({error}).", "Check it.") from error
    if address.scheme in ("s3", "s3a"):
        files.retries = 1  # of s3fs, beside botocore's
    return files, path


def read_bytes(address: Address, most: int | None = None) -> bytes:
    """A file's content.

    Raises:
        Missing: there is none.
        NegdataError: it can't be read, or has more than ``most`` bytes.
    """
    if most is None:
        return patiently(address, lambda: _read(address, None, None))
    content = patiently(address, lambda: _read(address, 0, most + 1))
    if len(content) > most:
        raise NegdataError(f"{address} has more than {most:,} bytes.", "Give a smaller file.")
    return content


def read_range(address: Address, start: int, length: int) -> bytes:
    """Bytes of a file from ``start``, ``length`` at most: fewer at its end. Raises NegdataError."""
    return patiently(address, lambda: _read(address, start, length)) if length > 0 else b""


def size(address: Address) -> int | None:
    """The bytes of a file; None where its server doesn't say. Raises Missing, NegdataError."""
    found = info(address).get("size")
    return found if isinstance(found, int) else None


def info(address: Address) -> dict[str, Any]:
    """What the storage says about a file or folder: its ``type``, and ``size``, ``ETag`` … as the storage has it.

    Raises:
        Missing: there is no such thing.
        NegdataError: the storage can't be reached.
    """

    def ask() -> dict[str, Any]:
        files, path = filesystem(address)
        said: dict[str, Any] = _info_web(files, path) if address.scheme in _WEB else files.info(path)
        return said

    return patiently(address, ask)


def exists(address: Address) -> bool:
    """Whether there is such a file or folder. Raises NegdataError where that can't be asked."""
    try:
        info(address)
    except Missing:
        return False
    return True


def is_folder(path: Path) -> bool:
    """Whether a path or an address is a folder that is there; the web knows none.

    Raises:
        NegdataError: the storage can't be reached.
    """
    if not isinstance(path, Address):
        return path.is_dir()
    if path.scheme in _WEB:
        return False
    try:
        return info(path).get("type") == "directory"
    except Missing:
        return False


def is_file(path: Path) -> bool:
    """Whether a path or an address is a file that is there. Raises NegdataError where its storage can't be reached."""
    if not isinstance(path, Address):
        return path.is_file()
    try:
        return info(path).get("type") == "file"
    except Missing:
        return False


def names(folder: Address) -> list[str]:
    """The names of the files directly in a folder, sorted; none where there is none. Raises NegdataError."""

    def ask() -> list[str]:
        files, path = filesystem(folder)
        found = files.ls(path + "/" if folder.scheme in _WEB else path, detail=True)
        return [one["name"].rsplit("/", 1)[-1] for one in found if one["type"] == "file" and not _is_itself(one, path)]

    try:
        return sorted(set(patiently(folder, ask)) - {""})
    except Missing:
        return []


def names_below(folder: Address) -> list[str]:
    """The names of all files in a folder and its subfolders, relative to it, sorted. Raises NegdataError."""

    def ask() -> list[str]:
        files, path = filesystem(folder)
        return [name.removeprefix(path).lstrip("/") for name in files.find(path) if name.rstrip("/") != path]

    try:
        return sorted(patiently(folder, ask))
    except Missing:
        return []


def _is_itself(found: dict[str, Any], path: str) -> bool:
    """Whether what a listing found is the object that stands for the folder, or the only file, of that name."""
    return str(found["name"]).rstrip("/") == path.rstrip("/")


def _read(address: Address, start: int | None, length: int | None) -> bytes:
    files, path = filesystem(address)
    if address.scheme in _WEB:
        content: bytes = _read_web(files, path, start or 0, length)
        return content
    try:
        found: bytes = files.cat_file(path, start=start, end=None if length is None else (start or 0) + length)
    except OSError as error:
        if start is not None and _EMPTY_RANGE.search(f"{error} {error.__cause__}"):
            return b""  # nothing stands there: the file is empty, or ends before
        raise
    return found


def _info_web(files: Any, url: str) -> dict[str, Any]:
    """What a web server says of a file; fsspec leaves out when it was changed."""
    from fsspec.asyn import sync

    async def ask() -> dict[str, Any]:
        session = await files.set_session()
        headers = {"Accept-Encoding": "identity"}
        for method in (session.head, session.get):  # some answer no HEAD
            async with method(files.encode_url(url), headers=headers, allow_redirects=True) as response:
                if response.status in _NO_HEAD and method == session.head:
                    continue
                if response.status == 404:
                    raise FileNotFoundError(url)
                response.raise_for_status()
                return {
                    "name": url,
                    "type": "file",
                    "size": response.content_length,
                    "ETag": response.headers.get("ETag"),
                    "last_modified": response.headers.get("Last-Modified"),
                }
        raise AssertionError("a GET is answered or raises")

    said: dict[str, Any] = sync(files.loop, ask)
    return said


def _read_web(files: Any, url: str, start: int, length: int | None) -> bytes:
    """A range of what a web server has. Many give the whole instead, and are read as far as is needed."""
    from fsspec.asyn import sync

    async def fetch() -> bytes:
        session = await files.set_session()
        headers = {"Accept-Encoding": "identity"}
        if start or length is not None:
            headers["Range"] = f"bytes={start}-{'' if length is None else start + length - 1}"
        async with session.get(files.encode_url(url), headers=headers) as response:
            if response.status == 416:
                return b""
            if response.status == 404:
                raise FileNotFoundError(url)
            response.raise_for_status()
            skipped = 0 if response.status == 206 else start
            content = bytearray()
            async for block in response.content.iter_any():
                unwanted = min(skipped, len(block))
                skipped -= unwanted
                content += block[unwanted:]
                if length is not None and len(content) >= length:
                    break
            return bytes(content if length is None else content[:length])

    found: bytes = sync(files.loop, fetch)
    return found


def _options(scheme: str) -> dict[str, Any]:
    """Of fsspec's file system of a scheme: no listing is kept, since others write there, and silence ends soon."""
    if scheme in ("s3", "s3a"):
        return {
            "use_listings_cache": False,
            "config_kwargs": {
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": READ_SECONDS,
                "retries": {"mode": "standard", "total_max_attempts": 1},
            },
        }
    if scheme in _WEB:
        from aiohttp import ClientTimeout

        return {
            "use_listings_cache": False,
            "client_kwargs": {
                "trust_env": True,
                "timeout": ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
            },
        }
    return {"use_listings_cache": False}
