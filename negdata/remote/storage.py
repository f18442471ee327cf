"""A folder elsewhere as ``Storage``: one object a file, there once it is whole."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from negdata.errors import NegdataError
from negdata.remote.address import Address
from negdata.remote.copies import local_copy
from negdata.remote.errors import Missing, told
from negdata.remote.files import filesystem, info, names, read_bytes, read_range
from negdata.remote.patience import patiently

_WEB = frozenset({"http", "https"})
_S3 = frozenset({"s3", "s3a"})
_PIECE = 16 << 20
"""Of an upload to S3; what is smaller than two of them is sent at once."""
_AT_ONCE = 4
"""Pieces that are sent at the same time."""
_READ_AHEAD = 8 << 20


class RemoteStorage:
    """A folder that fsspec reaches. A server that is down or busy for a while is waited for.

    It may be used by several threads, and by processes that are forked or spawned.
    """

    def __init__(self, folder: Address) -> None:
        self.folder: Path = folder
        self._folder = folder
        filesystem(folder)  # a package that is missing is told of now

    def names(self, below: str) -> list[str]:
        return names(self._at(below))

    def read(self, name: str) -> bytes | None:
        try:
            return read_bytes(self._at(name))
        except Missing:
            return None

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        address = self._at(name)
        if address.scheme in _WEB:  # many of its servers give no part of a file
            with local_copy(address).open("rb") as file:
                yield cast("BinaryIO", file)
            return
        with io.BufferedReader(_Stream(address), _READ_AHEAD) as stream:
            yield cast("BinaryIO", stream)

    def write(self, name: str, content: bytes) -> None:
        self._change(name, lambda files, path: files.pipe_file(path, content))

    def put(self, name: str, file: Path) -> None:
        large = self._folder.scheme in _S3 and file.stat().st_size >= 2 * _PIECE
        pieces = {"chunksize": _PIECE, "max_concurrency": _AT_ONCE} if large else {}

        def send(files: Any, path: str) -> None:
            if large:
                _forget_pieces(files, path)
            files.put_file(str(file), path, **pieces)

        try:
            self._change(name, send)
        except BaseException:
            if large:
                with contextlib.suppress(NegdataError), told(self._at(name)):  # what is on its way says more
                    _forget_pieces(*filesystem(self._at(name)))
            raise

    def remove(self, name: str) -> None:
        with contextlib.suppress(Missing):
            self._change(name, lambda files, path: files.rm_file(path))

    def _at(self, name: str) -> Address:
        return self._folder / name if name else self._folder

    def _change(self, name: str, change: Callable[[Any, str], Any]) -> None:
        address = self._at(name)
        if address.scheme in _WEB:
            raise NegdataError(
                f"{address} can't be written: the web is only read.", "Give an address that takes files: s3://, gs:// …"
            )

        def call() -> None:
            change(*filesystem(address))

        patiently(address, call)


class _Stream(io.RawIOBase):
    """A file elsewhere from its beginning to its end, a stretch at a time."""

    def __init__(self, address: Address) -> None:
        super().__init__()
        self._address = address
        self._at = 0
        info(address)  # one that isn't there is told of now

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        content = read_range(self._address, self._at, len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


def _forget_pieces(files: Any, path: str) -> None:
    """Removes what uploads of this file left that broke off: nobody sees it, and it is paid for."""
    bucket, key, _ = files.split_path(path)
    listed = files.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=key)
    for upload in listed.get("Uploads", ()):
        if upload["Key"] == key:
            files.call_s3("abort_multipart_upload", Bucket=bucket, Key=key, UploadId=upload["UploadId"])
