"""The images that records and benchmarks name: in a folder, in tars or in parquet files, here or at an address."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from negdata.images.base import Images, Stored, missing
from negdata.images.places import TAKEN, check_place, files_of
from negdata.remote import Address
from negdata.remote import place as as_place

__all__ = ["TAKEN", "Images", "Places", "Stored", "check_images", "missing", "open_images"]


def check_images(place: str | os.PathLike[str] | None, option: str = "--images") -> None:
    """Raises NegdataError where there can be no images, without opening them; ``option`` is what named the place."""
    if place is not None:
        check_place(as_place(place), option)


def open_images(place: str | os.PathLike[str]) -> Images:
    """The images of a place.

    Args:
        place: a folder of images, here or at an address; a ``.tar`` or ``.parquet`` file; a folder that holds nothing
            else; or a pattern of such files, ``shards/{00000..00099}.tar`` or ``shards/*.tar``. Tars and parquet files
            are indexed once, which reads them from beginning to end where they are elsewhere.

    Raises:
        NegdataError: it doesn't exist, can't be reached or read, or files of it hold no image.
    """
    place = as_place(place)
    kind, files = files_of(place)
    if kind == "tar":
        from negdata.images.tars import TarImages

        return TarImages(place, files)
    if kind == "parquet":
        from negdata.images.parquet import ParquetImages

        return ParquetImages(place, files)
    if isinstance(place, Address):
        from negdata.images.elsewhere import AddressImages

        return AddressImages(place)
    from negdata.images.folder import FolderImages

    return FolderImages(place)


class Places:
    """Images of several places, each opened when it is first asked for one, by whatever thread."""

    def __init__(self) -> None:
        self._opened: dict[Path, Images] = {}
        self._opening = threading.Lock()

    def of(self, place: Path) -> Images:
        """The images of a place; raises NegdataError as ``open_images`` does."""
        with self._opening:
            if place not in self._opened:
                self._opened[place] = open_images(place)
            return self._opened[place]
