"""The members of a tar that nobody vouches for: only its headers are read, and nothing is ever unpacked.

Known are the layouts that tar programs write: old, ustar, GNU's and pax. Only plain files count. A claim of size is
checked against the file before anything is read for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from negdata.errors import NegdataError
from negdata.images.ranged import RangedFile, Window
from negdata.remote import Address

BLOCK = 512
_HERE, _ELSEWHERE = 1 << 14, 8 << 20
"""Bytes that are read at once: on a disk it is quick to pass an image over, elsewhere a request costs more than it."""
_MOST_EXTRA = 1 << 20
"""Of a long name or of pax records."""
_PLAIN, _FOLDER, _SPARSE = b"0\x007", b"5", b"S"
_WITHOUT_DATA = b"123456"
"""Links, devices, folders and pipes: no content follows, whatever their size says."""
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*")
_PAX = re.compile(rb"([0-9]{1,20}) ")
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_GUESSED = 1 << 16
"""Bytes behind the end that programs fill up with: more is worth a word."""


@dataclass(frozen=True, slots=True)
class Member:
    """A plain file in a tar: its name as it is written there, and where its content stands."""

    name: str
    offset: int
    size: int


@dataclass(slots=True)
class _Extra:
    """What stands before a header and changes it."""

    name: bytes | None = None
    size: int | None = None
    sparse: bool = False


@dataclass
class TarReading:
    """One pass over the headers of a tar; ``ignored`` counts what is no plain file, by what it is."""

    file: RangedFile
    ignored: Counter[str] = field(default_factory=Counter)

    def members(self) -> Iterator[Member]:
        """The plain files, in their order.

        Raises:
            NegdataError: it is no tar, is compressed, damaged or cut short; the offset in bytes is told.
        """
        window = Window(self.file, _ELSEWHERE if isinstance(self.file.path, Address) else _HERE)
        extra, at = _Extra(), 0
        while at < self.file.size:
            header = window.read(at, BLOCK)
            if len(header) < BLOCK:
                raise self._cut_short(at)
            if not header.strip(b"\0"):
                if self.file.size - at > _GUESSED:
                    self.ignored["bytes behind the end"] += self.file.size - at
                return
            self._check(header, at)
            kind, size = header[156:157], self._size(header, at)
            if kind in b"LKxXg":
                content = self._extra(window, at, size)
                if kind == b"L":
                    extra.name = content.partition(b"\0")[0]
                elif kind != b"K":
                    self._pax(content, extra, at, everywhere=kind == b"g")
                at += BLOCK + _padded(size)
                continue
            offset = at + BLOCK
            if kind == _SPARSE:
                offset = self._behind_map(window, header, offset)
            size = size if extra.size is None else extra.size
            at = offset + (0 if kind in _WITHOUT_DATA else _padded(size))
            name = extra.name or _name(header)
            what = _ignored(kind, name, extra)
            if kind not in _WITHOUT_DATA and offset + size > self.file.size:
                raise self._cut_short(offset, name)
            if what is None:
                yield Member(name.decode(), offset, size)
            else:
                self.ignored[what] += what != "folders"
            extra = _Extra()

    def _extra(self, window: Window, at: int, size: int) -> bytes:
        if size > _MOST_EXTRA:
            raise self._damaged(at, f"a name of {size:,} bytes")
        content = window.read(at + BLOCK, size)
        if len(content) < size:
            raise self._cut_short(at)
        return content

    def _behind_map(self, window: Window, header: bytes, at: int) -> int:
        """Where the content begins of a file with holes: behind the blocks that tell of more holes."""
        more = header[482:483]
        while more not in (b"", b"\0"):
            more = window.read(at, BLOCK)[504:505]
            at += BLOCK
        return at

    def _pax(self, content: bytes, extra: _Extra, at: int, *, everywhere: bool) -> None:
        """Takes records such as ``18 path=a/b.jpg\\n``, each with its own length before it."""
        begun = 0
        while begun < len(content) and content[begun:].strip(b"\0"):
            length = _PAX.match(content, begun)
            end = begun + int(length[1]) if length else 0
            if length is None or not length.end() < end <= len(content) or content[end - 1 : end] != b"\n":
                raise self._damaged(at, "a pax record that is none")
            key, _, value = content[length.end() : end - 1].partition(b"=")
            if everywhere and (key in (b"path", b"size") or key.startswith(b"GNU.sparse")):
                raise self._damaged(at, "one name or size for all members")
            if key == b"path":
                extra.name = value
            elif key == b"size":
                if not value.isdigit() or len(value) > 20:
                    raise self._damaged(at, "a size that is no number")
                extra.size = int(value)
            elif key.startswith(b"GNU.sparse"):
                extra.sparse = True
            begun = end

    def _check(self, header: bytes, at: int) -> None:
        """The sum of a header's bytes, as it says itself; old programs took bytes for signed."""
        said = _OCTAL.fullmatch(header[148:156])
        rest = header[:148] + b" " * 8 + header[156:]
        total = sum(rest)
        if said is None or not said[1] or int(said[1], 8) not in (total, total - 256 * sum(b > 127 for b in rest)):
            if at == 0:
                raise self._no_tar(header)
            raise self._damaged(at, "no header where one should be")

    def _size(self, header: bytes, at: int) -> int:
        raw = header[124:136]
        if raw[0] == 0x80:  # GNU's way for what octal digits can't say
            return int.from_bytes(raw[1:], "big")
        said = _OCTAL.fullmatch(raw)
        if said is None:
            raise self._damaged(at, "a size that is no number")
        return int(said[1] or b"0", 8)

    def _no_tar(self, header: bytes) -> NegdataError:
        for start, packer in _COMPRESSED.items():
            if header.startswith(start):
                return NegdataError(
                    f"{self.file.path} is compressed ({packer}): no image in it can be read by itself.",
                    "Unpack it to a plain .tar; images are compressed already.",
                )
        return NegdataError(f"{self.file.path} is no tar.", "Check the path.")

    def _damaged(self, at: int, what: str) -> NegdataError:
        return NegdataError(
            f"{self.file.path} is damaged: it has {what} at byte {at:,}.", "Download or write it again."
        )

    def _cut_short(self, at: int, name: bytes = b"") -> NegdataError:
        within = f" within {name.decode(errors='backslashreplace')!r}" if name else ""
        return NegdataError(
            f"{self.file.path} is cut short: its {self.file.size:,} bytes end{within}, which begins at byte {at:,}."
            if name
            else f"{self.file.path} is cut short: its {self.file.size:,} bytes end within the header at byte {at:,}.",
            "Download or write it again.",
        )


def _ignored(kind: bytes, name: bytes, extra: _Extra) -> str | None:
    """What a member is that isn't a plain file with a name; None for one that is."""
    if kind == _FOLDER or name.endswith(b"/"):
        return "folders"
    if kind in b"12":
        return "links"
    if kind == _SPARSE or extra.sparse:
        return "files with holes"
    if kind not in _PLAIN:
        return "members that are no plain files"
    try:
        name.decode()
    except UnicodeDecodeError:
        return "names that are not UTF-8"
    return None


def _name(header: bytes) -> bytes:
    name = header[:100].partition(b"\0")[0]
    if header[257:263] == b"ustar\0":
        prefix = header[345:500].partition(b"\0")[0]
        if prefix:
            return prefix + b"/" + name
    return name


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
