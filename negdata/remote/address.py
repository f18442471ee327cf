"""An address that travels where a path does: every setting that names a file may name one elsewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path, PosixPath
from typing import Any, NoReturn

from negdata.errors import NegdataError
from negdata.redact import redact_patterns

_SCHEME = re.compile(r"([a-z][a-z0-9+]+):/{1,2}(?=[^/])")
"""Two letters at least, so that no Windows drive is one; a path has only one of the slashes left."""
_LOCAL = "file://"


class Address(PosixPath):
    """A file or folder that fsspec reaches; ``/``, ``name`` and ``parent`` work as for any path.

    Its text is for people: a password or signature in it is masked. ``url`` is what reaches it, and ``place`` makes the
    same address of it again. What asks the file system of this machine finds nothing; ``negdata.remote`` has what does.
    """

    def __str__(self) -> str:
        return redact_patterns(self.url)

    def __fspath__(self) -> str:
        return self.url

    @property
    def url(self) -> str:
        """The address as it was given, secrets included: for fsspec alone."""
        return _SCHEME.sub(r"\1://", super().__str__(), count=1)

    @property
    def name(self) -> str:
        """The last part; of a web address without what follows the ``?``, which names no file."""
        last = super().name
        return last.partition("?")[0] if self.scheme in ("http", "https") else last

    @property
    def scheme(self) -> str:
        """``s3``, ``https`` …"""
        return self.parts[0].removesuffix(":")

    @property
    def host(self) -> str:
        """What answers for it: the scheme with the bucket or the server."""
        return "/".join(self.parts[:2])

    def resolve(self, strict: bool = False) -> Address:
        """Itself: an address is absolute."""
        return self

    def absolute(self) -> Address:
        """Itself."""
        return self

    def is_absolute(self) -> bool:
        """Always: no folder of this machine stands before it."""
        return True

    def expanduser(self) -> Address:
        """Itself."""
        return self

    def open(self, *_: Any, **__: Any) -> NoReturn:
        """Raises NegdataError: what reads addresses calls ``local_copy`` or ``read_bytes`` first."""
        raise NegdataError(
            f"{self} is an address, where only a file of this machine can be read or written.",
            "Copy it here and name the copy, or write here and copy it there.",
        )

    def mkdir(self, *_: Any, **__: Any) -> NoReturn:
        """Raises NegdataError: an output that is made as a file of this machine can't be made elsewhere."""
        raise NegdataError(
            f"{self} is an address, where only files of this machine can be written.",
            "Give a path of this machine, and copy what is written there.",
        )


def place(path: str | os.PathLike[str]) -> Path:
    """The path of a file here, or an ``Address`` where it begins with a scheme; one that was taken for a path, too."""
    if isinstance(path, Address):
        return path
    text = os.fspath(path)
    if text.startswith(_LOCAL):
        return Path(text.removeprefix(_LOCAL))
    return Address(text) if _SCHEME.match(text) else Path(text)
