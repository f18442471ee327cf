"""The samples of a WebDataset tar: members that follow each other and share a key, with what they say in words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct, json

from negdata.imagenames import IMAGE_SUFFIXES
from negdata.images.ranged import RangedFile, open_ranged
from negdata.images.tar_members import Member, TarReading

MOST_WORDS = 1 << 20
"""Bytes of a member with captions: what is larger isn't read."""
_IMAGE, _JSON, _TEXT = "image", ".json", ".txt"


class Sample(Struct, frozen=True, omit_defaults=True):
    """A sample.

    Attributes:
        key: the members' name up to the first dot of its last part.
        image: the name of the first member that is an image.
        json: the content of its ``.json``.
        text: the content of its ``.txt``.
        problem: why no row can be made of it.
    """

    key: str
    image: str | None = None
    json: bytes | None = None
    text: str | None = None
    problem: str | None = None

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.encode(self) + b"\n"

    @staticmethod
    def of_line(line: bytes) -> Sample:
        """The sample of such a line."""
        return json.decode(line, type=Sample)


def read_samples(tar: Path) -> Iterator[Sample]:
    """The samples of a tar, here or elsewhere; what is no plain file comes last, a sample with its problem each.

    Raises:
        NegdataError: it can't be read, or is no tar, damaged or cut short; the offset in bytes is told.
    """
    file = Recent(open_ranged(tar))
    reading = TarReading(file)
    key: str | None = None
    found: dict[str, Member] = {}
    for member in reading.members():
        if _key(member) != key:
            if key is not None:
                yield _sample(file, key, found)
            key, found = _key(member), {}
        suffix = PurePosixPath(member.name).suffix.lower()
        kind = _IMAGE if suffix in IMAGE_SUFFIXES else suffix
        if kind in (_IMAGE, _JSON, _TEXT):
            found.setdefault(kind, member)
    if key is not None:
        yield _sample(file, key, found)
    for what, count in reading.ignored.items():
        for number in range(1, count + 1):
            yield Sample(f"({what} {number})", problem=f"the tar holds {what}, which are never followed or read")


class Recent:
    """A ranged file that remembers its last two stretches: captions stand between the headers that were just read."""

    def __init__(self, file: RangedFile) -> None:
        self.path, self.size, self.version = file.path, file.size, file.version
        self._file = file
        self._stretches: deque[tuple[int, bytes]] = deque(maxlen=2)

    def read(self, start: int, length: int) -> bytes:
        """As of any ranged file."""
        for begun, content in self._stretches:
            if begun <= start and start + length <= begun + len(content):
                return content[start - begun : start - begun + length]
        content = self._file.read(start, length)
        self._stretches.append((start, content))
        return content


def _sample(file: Recent, key: str, found: dict[str, Member]) -> Sample:
    image = found[_IMAGE].name if _IMAGE in found else None
    words = [found[kind] for kind in (_JSON, _TEXT) if kind in found]
    for member in words:
        if member.size > MOST_WORDS:
            problem = f"{member.name} has {member.size:,} bytes; at most {MOST_WORDS:,} are read"
            return Sample(key, image, problem=problem)
    said, text = (file.read(found[kind].offset, found[kind].size) if kind in found else None for kind in (_JSON, _TEXT))
    try:
        return Sample(key, image, said, None if text is None else text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Sample(key, image, problem=f"{found[_TEXT].name} is not UTF-8")


def _key(member: Member) -> str:
    folder, slash, name = member.name.rpartition("/")
    return folder + slash + name.partition(".")[0]
