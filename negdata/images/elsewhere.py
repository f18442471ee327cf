"""Images as files in a folder elsewhere: each is fetched when it is asked for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from negdata.errors import NegdataError
from negdata.images.base import Stored, missing
from negdata.images.names import candidates
from negdata.pictures import MOST_FILE_BYTES, BadImage, check_size
from negdata.remote import Address, place

_WEB = ("http", "https")
_CHAIN = "::"
"""fsspec takes what follows for an address of its own: no name may have it."""
_FOLDERS = 4_096


class AddressImages:
    """A folder at an address, and all below it.

    Raises:
        NegdataError: the address can't be reached, or there is no such folder; of a web server's only its files can be
            asked for.
    """

    def __init__(self, folder: Address) -> None:
        from negdata.remote.files import exists

        self.place: Path = folder
        self._folder = folder
        self._is_web = folder.scheme in _WEB
        self._has_folder = lru_cache(_FOLDERS)(self._asked)
        if not exists(folder) and not self._is_web:
            raise NegdataError(f"The image folder {folder} doesn't exist.", "Check --images.")

    def find(self, name: str) -> str | None:
        from negdata.remote.errors import Missing
        from negdata.remote.files import info

        for candidate in self._candidates(name):
            try:
                if info(self._address(candidate)).get("type") != "directory":
                    return candidate
            except Missing:
                continue
        return None

    def read(self, name: str) -> Stored:
        from negdata.remote.errors import Missing
        from negdata.remote.files import read_range

        try:
            for candidate in self._candidates(name):
                address = self._address(candidate)
                try:
                    content = read_range(address, 0, MOST_FILE_BYTES + 1)
                except Missing:
                    continue
                check_size(len(content), str(address))
                return Stored(content, str(address))
        except NegdataError as error:
            raise BadImage("image-unreachable", error.problem) from error
        raise missing(name, self.place)

    def path(self, name: str) -> Path | None:
        return None

    def _candidates(self, name: str) -> list[str]:
        """Those in folders that there are: a name with three of its own folders is asked for once, not thirty times."""
        return [one for one in candidates(name) if _CHAIN not in one and self._has_folder(one.rpartition("/")[0])]

    def _asked(self, folder: str) -> bool:
        from negdata.remote.files import exists

        return not folder or self._is_web or exists(self._address(folder))

    def _address(self, name: str) -> Address:
        if not self._is_web:
            return self._folder / name
        base, mark, query = self._folder.url.partition("?")
        address = place(f"{base.rstrip('/')}/{quote(name)}{mark}{query}")
        assert isinstance(address, Address)
        return address
