"""A folder elsewhere as ``Storage``: one object a file, there once it is whole."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from negdata.remote.address import Address


class RemoteStorage:
    """A folder that fsspec reaches."""

    def __init__(self, folder: Address) -> None:
        import fsspec

        self.folder: Path = folder
        files: tuple[Any, str] = fsspec.core.url_to_fs(str(folder))
        self._files, self._root = files

    def names(self, below: str) -> list[str]:
        path = f"{self._root}/{below}".rstrip("/")
        self._files.invalidate_cache()
        try:
            found = self._files.ls(path, detail=True)
        except FileNotFoundError:
            return []
        return sorted(one["name"].rsplit("/", 1)[-1] for one in found if one["type"] == "file")

    def read(self, name: str) -> bytes | None:
        try:
            content: bytes = self._files.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None
        return content

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with self._files.open(f"{self._root}/{name}", "rb") as file:
            yield file

    def write(self, name: str, content: bytes) -> None:
        self._files.pipe_file(f"{self._root}/{name}", content)

    def put(self, name: str, file: Path) -> None:
        with file.open("rb") as source, self._files.open(f"{self._root}/{name}", "wb") as target:
            shutil.copyfileobj(source, target, 1 << 22)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(f"{self._root}/{name}")
