"""Reads the tensors of a file that torch.save or torch.jit.save wrote, and runs nothing of it.

Such a file is a zip archive: ``data.pkl`` describes the tensors, ``data/0``, ``data/1``... hold their numbers as they
are, and a TorchScript archive has code beside, which stays where it is. A size that a file claims is checked against
the bytes that it has before any memory is taken for it.
"""

from __future__ import annotations

import math
import mmap
import zipfile
from pathlib import Path
from struct import unpack_from
from typing import TYPE_CHECKING

from negdata.clip.torch_pickle import StoredTensor, read_pickle
from negdata.errors import NegdataError

if TYPE_CHECKING:
    import torch

_LOCAL_HEADER = 30
_MOST_MEMBERS = 100_000


class TorchFile:
    """An open file of tensors.

    Attributes:
        path: the file.
        content: what it describes: containers of ``StoredTensor``, ``ScriptModule`` and plain values.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file and reads what describes its tensors.

        Raises:
            NegdataError: it isn't such a file, is damaged, or names what could run code.
        """
        self.path = path
        try:
            with path.open("rb") as file, zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                # Copied on write: what is made of it may be written to, and the file stays as it is.
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except Exception as error:  # hostile archives make zipfile raise nearly anything
            raise self._damaged(f"its zip directory can't be read ({type(error).__name__})") from error
        if len(members) > _MOST_MEMBERS:
            raise self._damaged(f"it has {len(members):,} members")
        self._members = {member.filename: member for member in members}
        described = [name for name in self._members if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(described) != 1:
            raise NegdataError(
                f"{path} is a zip archive, but none that torch wrote: it has no data.pkl.",
                "Give a file of weights; unpack it first if it lies inside.",
            )
        self._root = described[0].removesuffix("data.pkl")
        if bytes(self._member("byteorder") or b"little") != b"little":
            raise NegdataError(
                f"{path} was written on a big-endian machine.", "Save it as .safetensors there, and give that."
            )
        self.content = read_pickle(bytes(self._member("data.pkl") or b""), str(path))

    def tensor(self, stored: StoredTensor, name: str) -> torch.Tensor:
        """A tensor on the file's own bytes, not a copy; raises NegdataError where its description doesn't fit them."""
        import torch

        dtype: torch.dtype = getattr(torch, stored.dtype)
        held = self._member(f"data/{stored.key}")
        if held is None or len(held) != stored.stored * dtype.itemsize:
            has = "isn't there" if held is None else f"has {len(held):,} bytes"
            raise self._damaged(f"{name!r} lies in a storage of {stored.stored:,} x {stored.dtype} that {has}")
        if len(stored.shape) != len(stored.stride) or not math.prod(stored.shape):
            raise self._damaged(f"{name!r} has the shape {stored.shape} and the strides {stored.stride}")
        steps = zip(stored.shape, stored.stride, strict=True)
        last = stored.offset + sum((size - 1) * stride for size, stride in steps)
        if last >= stored.stored or math.prod(stored.shape) > stored.stored:
            raise self._damaged(f"{name!r} reaches beyond the bytes that it is stored in")
        flat = torch.frombuffer(held, dtype=dtype)
        return flat.as_strided(stored.shape, stored.stride, stored.offset)

    def _member(self, name: str) -> memoryview | None:
        """The bytes of a member, where they lie in the file."""
        member = self._members.get(self._root + name)
        if member is None:
            return None
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise self._damaged(f"{name} is compressed, which torch never does")
        start = member.header_offset
        if not 0 <= start <= len(self._bytes) - _LOCAL_HEADER or self._bytes[start : start + 4] != b"PK\x03\x04":
            raise self._damaged(f"{name} isn't where its directory says")
        start += _LOCAL_HEADER + sum(unpack_from("<HH", self._bytes, start + 26))
        if start + member.file_size > len(self._bytes):
            raise self._damaged(f"{name} reaches beyond its end")
        return memoryview(self._bytes)[start : start + member.file_size]

    def _damaged(self, what: str) -> NegdataError:
        return NegdataError(f"{self.path} is damaged: {what}.", "Fetch it again.")
