"""Features on disk: one folder a vision tower, vectors and an index that only grow, and nothing that isn't proven.

``vectors`` holds float32 rows. ``index`` holds an entry a row: the digest of the image's content, a checksum of the
entry and its vector, and how many entries of the same block follow. Blocks are written vectors first, and count as a
whole or not at all. What a killed process or a broken disk leaves is read up to the last block that proves itself.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from negdata.train.feature_key import FeatureKey
from negdata.whole_files import sync, whole_file, write_error, write_whole

if TYPE_CHECKING:
    from torch import Tensor

CONTENT_BYTES = 16
_ENTRY = struct.Struct("<16s8sI")
_PIECE = 1 << 24


@dataclass(frozen=True, slots=True)
class FeatureFolder:
    """Where the features of one vision tower are.

    Attributes:
        path: the folder; it need not exist.
        key: of the tower.
    """

    path: Path
    key: FeatureKey

    @classmethod
    def below(cls, cache: Path, key: FeatureKey) -> FeatureFolder:
        """The folder in a cache of several towers' features."""
        return cls(cache / key.digest, key)

    @property
    def vectors(self) -> Path:
        return self.path / "vectors.f32"

    @property
    def index(self) -> Path:
        return self.path / "index"

    @property
    def about(self) -> Path:
        return self.path / "key.json"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def row_bytes(self) -> int:
        return 4 * self.key.dim

    def is_described(self) -> bool:
        """Whether the folder says of itself that it holds this tower's features."""
        try:
            return bool(orjson.loads(self.about.read_bytes()) == self.key.description)
        except (OSError, orjson.JSONDecodeError):
            return False

    def checksum(self, row: int, content: bytes, following: int, vector: memoryview | bytes) -> bytes:
        """What proves an entry: another tower's vector, or one that was moved, doesn't pass."""
        digest = blake2b(struct.pack("<Q16sI", row, content, following), digest_size=8, key=self.key.digest.encode())
        digest.update(vector)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Stored:
    """What a folder holds.

    Attributes:
        vectors: float32 [rows, dim], mapped from the file; what is written to it stays in this process.
        row_of: content digest to row, for whole blocks that prove themselves.
        claimed: entries that the index has, proven or not.
    """

    vectors: Tensor
    row_of: dict[bytes, int]
    claimed: int


def read_stored(folder: FeatureFolder) -> Stored:
    """What a folder holds, at any moment and without a lock: whatever is torn or damaged isn't there."""
    try:
        index = folder.index.read_bytes() if folder.is_described() else b""
        claimed = len(index) // _ENTRY.size
        rows = min(claimed, folder.vectors.stat().st_size // folder.row_bytes) if claimed else 0
        vectors = mapped(folder, rows)
    except (OSError, RuntimeError):  # there is no such file, or it was replaced just now
        return Stored(mapped(folder, 0), {}, 0)
    row_of = _proven(folder, index, vectors)
    return Stored(vectors[: len(row_of)], row_of, claimed)


def claimed_by(folder: FeatureFolder) -> int:
    """How many entries the index of a folder has, proven or not."""
    try:
        return folder.index.stat().st_size // _ENTRY.size
    except OSError:
        return 0


def mapped(folder: FeatureFolder, rows: int) -> Tensor:
    """The first rows of the file of vectors, of which only those that are looked at are ever in memory."""
    import torch

    if not rows:
        return torch.zeros(0, folder.key.dim)
    numbers = rows * folder.key.dim
    whole = torch.from_file(str(folder.vectors), shared=False, size=numbers, dtype=torch.float32)
    return whole.view(rows, folder.key.dim)


def _proven(folder: FeatureFolder, index: bytes, vectors: Tensor) -> dict[bytes, int]:
    row_of: dict[bytes, int] = {}
    whole = 0
    raw = _raw(vectors)
    for row in range(len(vectors)):
        content, checksum, following = _ENTRY.unpack_from(index, row * _ENTRY.size)
        vector = raw[row * folder.row_bytes : (row + 1) * folder.row_bytes]
        if content in row_of or folder.checksum(row, content, following, vector) != checksum:
            break
        row_of[content] = row
        if not following:
            whole = row + 1
    return {content: row for content, row in row_of.items() if row < whole}


def _raw(vectors: Tensor) -> memoryview:
    return memoryview(vectors.numpy()).cast("B") if len(vectors) else memoryview(b"")


class FeatureWriter:
    """Appends features to a folder; whoever makes one holds the folder's lock.

    What is torn is cut off first. A folder that describes another tower, or nothing, is begun anew.

    Attributes:
        row_of: content digest to row, of what was there and of what was appended.

    Raises:
        NegdataError: the folder can't be written to.
    """

    def __init__(self, folder: FeatureFolder) -> None:
        self._folder = folder
        stored = read_stored(folder)
        self.row_of = stored.row_of
        self._open: dict[Path, int] = {}
        if not folder.is_described():
            self._begin_anew()
        elif len(stored.row_of) < stored.claimed:
            self._keep_proven(stored)
        try:
            for path, size in self._sizes().items():
                self._open[path] = _opened(path)
                _cut(path, self._open[path], size)
        except BaseException:
            self.close()
            raise

    def append(self, contents: Sequence[bytes], vectors: Tensor) -> None:
        """Appends a block: it is on disk when this returns, or not at all.

        Args:
            contents: digests of images that have no row yet.
            vectors: float32 [n, dim], finite.

        Raises:
            NegdataError: there is no room for it; what was there before stays.
        """
        raw, size = _raw(vectors.contiguous()), self._folder.row_bytes
        entries = b""
        for place, content in enumerate(contents):
            row, following = len(self.row_of) + place, len(contents) - place - 1
            vector = raw[place * size : (place + 1) * size]
            entries += _ENTRY.pack(content, self._folder.checksum(row, content, following, vector), following)
        try:
            for path, written in ((self._folder.vectors, raw), (self._folder.index, memoryview(entries))):
                _append(path, self._open[path], written)
                sync(self._open[path], path)
        except BaseException:
            for path, before in self._sizes().items():
                with contextlib.suppress(OSError):
                    os.ftruncate(self._open[path], before)
            raise
        self.row_of |= {content: len(self.row_of) + place for place, content in enumerate(contents)}

    def stored(self) -> Stored:
        """What the folder holds now."""
        return Stored(mapped(self._folder, len(self.row_of)), self.row_of, len(self.row_of))

    def close(self) -> None:
        """Closes the files; further calls do nothing."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _sizes(self) -> Mapping[Path, int]:
        rows = len(self.row_of)
        return {self._folder.vectors: rows * self._folder.row_bytes, self._folder.index: rows * _ENTRY.size}

    def _begin_anew(self) -> None:
        for path in (self._folder.index, self._folder.vectors):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise write_error(path, error) from error
        write_whole(self._folder.about, orjson.dumps(self._folder.key.description, option=orjson.OPT_INDENT_2) + b"\n")

    def _keep_proven(self, stored: Stored) -> None:
        """Puts copies in the files' places: another process may still look at rows that are damaged only now."""
        try:
            index = self._folder.index.read_bytes()[: len(stored.row_of) * _ENTRY.size]
        except OSError as error:
            raise write_error(self._folder.index, error) from error
        raw = _raw(stored.vectors)
        with whole_file(self._folder.vectors) as write:
            for start in range(0, len(raw), _PIECE):
                write(bytes(raw[start : start + _PIECE]))
        write_whole(self._folder.index, index)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise write_error(path, error) from error


def _cut(path: Path, descriptor: int, size: int) -> None:
    try:
        if os.fstat(descriptor).st_size > size:
            os.ftruncate(descriptor, size)
    except OSError as error:
        raise write_error(path, error) from error


def _append(path: Path, descriptor: int, content: memoryview) -> None:
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError as error:
        raise write_error(path, error) from error
