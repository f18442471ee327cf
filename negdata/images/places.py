"""What a place of images is: a folder, tars or parquet files, here or elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal

from negdata.errors import NegdataError
from negdata.imagenames import IMAGE_SUFFIXES
from negdata.images.patterns import expanded, is_pattern
from negdata.remote import Address

Kind = Literal["folder", "tar", "parquet"]
SUFFIXES: dict[str, Kind] = {".tar": "tar", ".parquet": "parquet", ".pq": "parquet"}
_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
TAKEN = "a folder of images, .tar or .parquet files, or a pattern such as 'shards/{000..099}.tar'"
_WEB = ("http", "https")


def files_of(place: Path) -> tuple[Kind, list[Path]]:
    """What a place is, and its files, in the order in which they count; of a folder of images itself.

    A folder is one of tars where it holds tars directly, and neither images nor folders; parquet files likewise.

    Raises:
        NegdataError: it doesn't exist, is a file of another kind, or can't be reached.
    """
    if is_pattern(place):
        files = expanded(place)
        return _one_kind(place, files), files
    kind = _kind(place)
    if kind is not None and (isinstance(place, Address) or not place.is_dir()):
        if not isinstance(place, Address):
            _require(place, [place])
        return kind, [place]
    if isinstance(place, Address):
        return _listed(place, _names_at(place))
    if place.is_dir():
        return _listed(place, _names_in(place))
    if place.exists():
        raise NegdataError(f"The images {place} are a file of no kind that is read.", f"Give {TAKEN}.")
    raise NegdataError(f"The image folder {place} doesn't exist.", "Check --images.")


def check_place(place: Path, option: str) -> None:
    """Raises NegdataError where nothing of this machine is there; what is elsewhere is asked for once it is needed."""
    try:
        if not isinstance(place, Address):
            files_of(place)
        elif is_pattern(place) or _kind(place):
            _one_kind(place, [place])
    except NegdataError as error:
        raise NegdataError(error.problem, error.remedy.replace("--images", option)) from error


def _listed(place: Path, names: Iterable[str]) -> tuple[Kind, list[Path]]:
    """A folder with these files; the first image tells that it is one of images, and no more are looked at."""
    found: dict[Kind, list[str]] = {"tar": [], "parquet": []}
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in IMAGE_SUFFIXES or name.endswith("/"):
            return "folder", [place]
        if suffix in SUFFIXES:
            found[SUFFIXES[suffix]].append(name)
    # Tars first: img2dataset writes a parquet file of what it knows beside each.
    for kind, of_kind in found.items():
        if of_kind:
            files = [place / name for name in sorted(of_kind)]
            _refuse_links_out(place, files)
            return kind, files
    return "folder", [place]


def _names_in(folder: Path) -> Iterable[str]:
    """What a folder of this machine holds, folders with a slash; read as far as is asked for."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    yield entry.name + "/" * entry.is_dir()
    except OSError as error:
        raise NegdataError(f"{folder} can't be read: {error.strerror}.", "Check its permissions.") from error


def _names_at(folder: Address) -> list[str]:
    from negdata.remote.files import names

    # A web server's lists are pages for people, if there are any.
    return [] if folder.scheme in _WEB else names(folder)


def _kind(path: Path) -> Kind | None:
    name = path.name.lower()
    if name.endswith(_COMPRESSED):
        raise NegdataError(
            f"{path} is compressed: no image in it can be read by itself.",
            "Unpack it to a plain .tar; images are compressed already.",
        )
    return SUFFIXES.get(PurePosixPath(name).suffix)


def _one_kind(place: Path, files: list[Path]) -> Kind:
    kinds = {_kind(file) for file in files}
    if len(kinds) == 1 and (kind := kinds.pop()) is not None:
        _require(place, [file for file in files if not isinstance(file, Address)])
        return kind
    raise NegdataError(f"{place} names files that are neither all .tar nor all .parquet.", f"Give {TAKEN}.")


def _require(place: Path, files: list[Path]) -> None:
    absent = [file for file in files if not file.is_file()]
    if absent:
        more = f" and {len(absent) - 1:,} more of {place}" if len(absent) > 1 else ""
        raise NegdataError(f"{absent[0]}{more} doesn't exist, or is no plain file.", "Check --images.")


def _refuse_links_out(place: Path, files: list[Path]) -> None:
    """Whoever made a folder decides what its links lead to; whoever names a file by itself knows it."""
    if isinstance(place, Address):
        return
    root = place.resolve()
    for file in files:
        if not file.resolve().is_relative_to(root):
            raise NegdataError(
                f"{file} is a link that leads out of {place}.",
                f"If that is meant, name the files themselves: {place / ('*' + file.suffix)}.",
            )
