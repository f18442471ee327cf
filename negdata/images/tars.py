"""Images inside tars, WebDataset's or anyone's: they are read by their offset, and nothing is unpacked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from negdata.clip.feeding import read_ahead
from negdata.errors import NegdataError
from negdata.images.base import Stored, missing, unreadable_within
from negdata.images.index import Entry, Named, open_index
from negdata.images.ranged import open_all
from negdata.images.tar_members import Member, TarReading
from negdata.pictures import check_size
from negdata.remote import Address

_BESIDE = (".txt", ".json", ".cls")
"""What WebDataset puts beside an image: its captions, what is known of it, its class."""
_AT_ONCE = 8
"""Tars elsewhere that are gone through at the same time."""


class TarImages:
    """The images of some tars, by their names there; of two of one name the first counts.

    Args:
        place: what the user calls them.
        tars: paths or addresses, in the order in which they count.

    Raises:
        NegdataError: one can't be read, or there is no image in any.
    """

    def __init__(self, place: Path, tars: Sequence[Path]) -> None:
        self.place = place
        self._tars = open_all(tars)
        self._index = open_index(place, self._tars, self._entries)

    def find(self, name: str) -> str | None:
        found = self._index.find(name)
        return None if found is None else found[0]

    def read(self, name: str) -> Stored:
        found = self._index.find(name)
        if found is None:
            raise missing(name, self.place)
        own, (number, offset, size) = found
        tar = self._tars[number]
        where = f"{own} in {tar.path}"
        check_size(size, where)
        try:
            return Stored(tar.read(offset, size), where)
        except NegdataError as error:
            raise unreadable_within(tar.path, own, error) from error

    def path(self, name: str) -> Path | None:
        return None

    def _entries(self, notes: list[str]) -> Iterator[Named]:
        ignored: Counter[str] = Counter()
        for number, members in enumerate(self._members(ignored)):
            yield from (
                (member.name, Entry(number, member.offset, member.size))
                for member in members
                if not member.name.lower().endswith(_BESIDE)
            )
        notes += [f"{count:,} {what} in {self.place} are no images" for what, count in ignored.items()]

    def _members(self, ignored: Counter[str]) -> Iterator[Iterable[Member]]:
        """Those of each tar: several elsewhere at once, others one after the other and none in memory."""
        readings = [TarReading(tar, ignored) for tar in self._tars]
        if len(self._tars) > 1 and any(isinstance(tar.path, Address) for tar in self._tars):
            yield from read_ahead((partial(_listed, one) for one in readings), _AT_ONCE)
        else:
            yield from (one.members() for one in readings)


def _listed(reading: TarReading) -> list[Member]:
    return list(reading.members())
