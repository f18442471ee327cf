"""Images as files in a folder of this machine."""

from __future__ import annotations

from pathlib import Path

from negdata.images.base import Stored, missing
from negdata.images.names import candidates
from negdata.pictures import read_content


class FolderImages:
    """A folder and all below it; it may be a link, and nothing outside of it is read, wherever links below it lead."""

    def __init__(self, folder: Path) -> None:
        self.place = folder

    def find(self, name: str) -> str | None:
        path = find_image(self.place, name)
        return None if path is None else path.relative_to(self.place).as_posix()

    def read(self, name: str) -> Stored:
        path = find_image(self.place, name)
        if path is None:
            raise missing(name, self.place)
        return Stored(read_content(path), str(path))

    def path(self, name: str) -> Path | None:
        return find_image(self.place, name)


def find_image(folder: Path, name: str) -> Path | None:
    """The file below ``folder`` that a record or a benchmark calls ``name``; None where there is none."""
    try:
        root = folder.resolve()
        for candidate in candidates(name):
            path = folder / candidate
            if path.is_file() and path.resolve().is_relative_to(root):
                return path
    except (OSError, ValueError, RuntimeError):  # no name that a file could have, or a circle of links
        return None
    return None
