"""Where one process puts the features that it makes, and what it need not make.

Of several processes the first one writes into the tower's folder itself. Each of the others has a part of its own below
it, of the same format, until the first takes it in:

    cache/<tower>/vectors.f32, index     what everyone reads
    cache/<tower>/parts/2-of-4/          what the second of four has made since

A part is taken in by a plain copy, and removed. One that a killed run left is taken in by whoever writes next, however
many they are.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from negdata.errors import NegdataError
from negdata.locks import Held, OutputLock
from negdata.processes import Processes
from negdata.train.feature_store import FeatureFolder, FeatureWriter, Stored, read_stored
from negdata.whole_files import write_error

if TYPE_CHECKING:
    from torch import Tensor

OnWait = Callable[[str], None]
_LONGEST_WAIT = 24 * 3600.0
_BETWEEN_TRIES = 0.2
_PARTS = "parts"
_ROWS_AT_ONCE = 1 << 12


class Shelf:
    """A folder of features, which is opened for writing when the first are put there.

    Args:
        folder: what is written to, by one process at a time.
        command: what the folder's lock tells of this process.
        elsewhere: digests of content whose features another folder has.
    """

    def __init__(self, folder: FeatureFolder, *, command: str, elsewhere: Mapping[bytes, int] | None = None) -> None:
        self._folder = folder
        self._command = command
        self._elsewhere = elsewhere or {}
        self._stored = read_stored(folder)
        self._lock: OutputLock | None = None
        self._writer: FeatureWriter | None = None

    def knows(self, content: bytes) -> bool:
        """Whether there is a feature of this content. Until the folder is open, other processes may still change it."""
        row_of = self._stored.row_of if self._writer is None else self._writer.row_of
        return content in row_of or content in self._elsewhere

    def open(self, on_wait: OnWait) -> None:
        """Opens the folder for writing, and takes in its parts.

        Args:
            on_wait: told every moment who holds the folder, where another process does.

        Raises:
            NegdataError: it can't be written, or another process holds it for too long.
        """
        if self._writer is not None:
            return
        self._lock = _locked(self._folder, self._command, on_wait)
        self._writer = FeatureWriter(self._folder)
        self.take_in_parts(on_wait)

    def put(self, contents: Sequence[bytes], vectors: Tensor) -> None:
        """Appends a block to the open folder; see FeatureWriter."""
        assert self._writer is not None, "it is open"
        self._writer.append(contents, vectors)

    def take_in_parts(self, on_wait: OnWait) -> None:
        """Copies into the open folder what its parts have and it hasn't, and removes them.

        Whoever holds a part is waited for: a process of a run whose first one was killed.
        """
        for part in parts_of(self._folder):
            lock = _locked(part, self._command, on_wait)
            try:
                self._copy(read_stored(part))
                shutil.rmtree(part.path, ignore_errors=True)
            finally:
                lock.release()

    def stored(self) -> Stored:
        """What the folder holds."""
        return self._stored if self._writer is None else self._writer.stored()

    def close(self) -> None:
        """Lets others write to the folder; further calls do nothing."""
        if self._writer is not None:
            self._stored = self._writer.stored()
            self._writer.close()
            self._writer = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _copy(self, part: Stored) -> None:
        import torch

        assert self._writer is not None, "it is open"
        fresh = [content for content in part.row_of if content not in self._writer.row_of]
        for start in range(0, len(fresh), _ROWS_AT_ONCE):
            contents = fresh[start : start + _ROWS_AT_ONCE]
            self._writer.append(contents, part.vectors[torch.tensor([part.row_of[content] for content in contents])])


def part_of(folder: FeatureFolder, processes: Processes) -> FeatureFolder:
    """The part of this process, which isn't the first of several."""
    return FeatureFolder(folder.path / _PARTS / f"{processes.rank + 1}-of-{processes.size}", folder.key)


def parts_of(folder: FeatureFolder) -> list[FeatureFolder]:
    """The parts that wait to be taken in, whoever made them."""
    try:
        found = sorted(path for path in (folder.path / _PARTS).iterdir() if path.is_dir())
    except OSError:
        return []
    return [FeatureFolder(path, folder.key) for path in found]


def _locked(folder: FeatureFolder, command: str, on_wait: OnWait) -> OutputLock:
    latest = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(folder.path, error) from error
        try:
            return OutputLock(folder.lock, folder.path, command)
        except Held as held:
            if time.monotonic() > latest:
                raise NegdataError(held.problem, "Wait for it to end, or stop it, and run again.") from None
            on_wait(held.problem)
        time.sleep(_BETWEEN_TRIES)
