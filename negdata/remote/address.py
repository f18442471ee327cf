"""An address that travels where a path does: every setting that names a file may name one elsewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path, PosixPath

_SCHEME = re.compile(r"([a-z][a-z0-9+]+):/{1,2}(?=[^/])")
"""Two letters at least, so that no Windows drive is one; a path has only one of the slashes left."""


class Address(PosixPath):
    """A file or folder that fsspec reaches; its text is the address, and ``/``, ``name`` and ``parent`` work as ever.

    What asks the file system of this machine doesn't work: ``negdata.remote`` has what does.
    """

    def __str__(self) -> str:
        return _SCHEME.sub(r"\1://", super().__str__(), count=1)

    def __fspath__(self) -> str:
        return str(self)

    @property
    def scheme(self) -> str:
        """``s3``, ``https`` …"""
        return self.parts[0].removesuffix(":")

    def resolve(self, strict: bool = False) -> Address:
        """Itself: an address is absolute."""
        return self

    def absolute(self) -> Address:
        return self


def place(path: str | os.PathLike[str]) -> Path:
    """The path of a file here, or an ``Address`` where it begins with a scheme; one that was taken for a path, too."""
    text = os.fspath(path)
    return Address(text) if _SCHEME.match(text) else Path(text)
