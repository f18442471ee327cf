"""A downloaded folder that is copied: which files it has, and that none of them lies elsewhere."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from negdata.clip.model_files import json_object
from negdata.errors import NegdataError
from negdata.sources.base import shorten, unreadable
from negdata.whole_files import write_error

_MOST_DEEP = 12
_MOST_FILES = 100_000
_MOST_JSON_BYTES = 16 << 20
_NOT_THE_MODEL = (".git", ".cache")
"""Folders of tools that fetch models: of no use in a copy, and git's may hold programs."""


class BaseFolder:
    """The files of a folder that somebody else made.

    A link to a plain file is followed where that file lies in the folder too; or, in the hub's cache, among the blobs
    of the same repository, which is where all its files are. Any other link is refused, and so is what is neither a
    file nor a folder.

    Attributes:
        path: as the user wrote it.
        files: the true place of each file's content, by its path relative to the folder, with slashes.
        left_out: folders that are no part of the model.
    """

    def __init__(self, path: Path) -> None:
        """Lists the folder; nothing of it is read.

        Raises:
            NegdataError: it isn't there, or holds what is refused.
        """
        self.path = path
        if not path.is_dir():
            raise NegdataError(f"The base {path} is no folder.", "Give the folder that save_pretrained wrote.")
        self._root = path.resolve()
        repository = self._root.parent.parent if self._root.parent.name == "snapshots" else None
        self._blobs = None if repository is None else repository / "blobs"
        self.left_out: list[str] = []
        self.files: dict[str, Path] = {}
        for name, place in self._walked(self._root, "", 0):
            if len(self.files) == _MOST_FILES:
                raise NegdataError(f"The base {path} has more than {_MOST_FILES:,} files.", "Give a model's folder.")
            self.files[name] = place

    def json(self, name: str) -> dict[str, Any]:
        """The object in one of its JSON files; raises NegdataError where it isn't there or can't be read."""
        if name not in self.files:
            raise NegdataError(f"The base {self.path} has no {name}.", "Give the folder that save_pretrained wrote.")
        if self.files[name].stat().st_size > _MOST_JSON_BYTES:
            raise NegdataError(f"{self.path / name} has more than {_MOST_JSON_BYTES:,} bytes.", "Fetch it again.")
        return json_object(self.files[name])

    def beneath(self, folder: str) -> dict[str, Path]:
        """The files that lie directly in one of its folders ("" is itself), by their names there."""
        prefix = f"{folder}/" if folder else ""
        inside = {name.removeprefix(prefix): path for name, path in self.files.items() if name.startswith(prefix)}
        return {name: path for name, path in inside.items() if "/" not in name}

    def copy(self, to: Path, *, without: Collection[str]) -> None:
        """Copies every file's content but those of some; raises NegdataError where it can't.

        Args:
            to: a folder that is there and empty.
        """
        for name, place in self.files.items():
            if name not in without:
                target = to / name
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(place, target)
                except OSError as error:
                    raise write_error(target, error) from error

    def _walked(self, folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, Path]]:
        if depth > _MOST_DEEP:
            raise NegdataError(f"{folder} lies more than {_MOST_DEEP} folders deep.", "Give a model's folder.")
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise unreadable(folder, error) from error
        for entry in entries:
            name = prefix + entry.name
            if entry.is_symlink():
                yield name, self._target(name, Path(entry.path))
            elif entry.is_dir():
                if entry.name in _NOT_THE_MODEL:
                    self.left_out.append(name)
                else:
                    yield from self._walked(Path(entry.path), f"{name}/", depth + 1)
            elif entry.is_file():
                yield name, Path(entry.path)
            else:
                raise self._refused(name, "is neither a file nor a folder")

    def _target(self, name: str, link: Path) -> Path:
        try:
            target = link.resolve(strict=True)
            plain = stat.S_ISREG(target.stat().st_mode)
        except (OSError, RuntimeError) as error:  # it leads nowhere, or in a circle
            raise self._refused(name, "is a link that leads nowhere") from error
        if not target.is_relative_to(self._root) and target.parent != self._blobs:
            raise self._refused(name, "is a link out of the folder")
        if not plain:
            raise self._refused(name, "is a link to something else than a file")
        return target

    def _refused(self, name: str, what: str) -> NegdataError:
        return NegdataError(
            f"{shorten(name, 120)} in the base {self.path} {what}.", "Put the file itself there, or take it out."
        )
