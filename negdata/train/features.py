"""Image embeddings that are made once: the vision tower is frozen, so every epoch, run and recipe reads the same."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.caches import feature_cache
from negdata.clip.feeding import read_ahead, within_memory
from negdata.errors import NegdataError
from negdata.images import Images
from negdata.locks import Held, OutputLock
from negdata.pictures import BadImage, decode
from negdata.progress import Progress
from negdata.train.feature_key import key_of
from negdata.train.feature_store import CONTENT_BYTES, FeatureFolder, FeatureWriter, read_stored
from negdata.whole_files import write_error

if TYPE_CHECKING:
    from torch import Tensor

    from negdata.clip.encoder import TorchEncoder

_log = logging.getLogger(__name__)
_LONGEST_WAIT = 24 * 3600.0
_BETWEEN_TRIES = 0.2


@dataclass(frozen=True)
class Features:
    """The embeddings of a data set's images.

    Attributes:
        vectors: float32 [rows, dim], each of length 1, mapped from a file: only rows that are looked at are in memory,
            and what is written to them stays in this process.
        row_of: image name to row; images of the same content have the same row.
        failed: image name to why it has no row.
        digest_of: image name to the digest of its content, in hex, for those with a row.
    """

    vectors: Tensor
    row_of: Mapping[str, int]
    failed: Mapping[str, BadImage]
    digest_of: Mapping[str, str]

    def of(self, names: Sequence[str]) -> Tensor:
        """The embeddings of images, [n, dim], in memory; raises KeyError for an image that has none."""
        import torch

        return self.vectors[torch.tensor([self.row_of[name] for name in names], dtype=torch.long)]


def default_cache() -> Path:
    """Where features are kept unless told otherwise: ``features`` in negdata's cache folder."""
    return feature_cache()


def cached_features(
    encoder: TorchEncoder,
    images: Images,
    names: Sequence[str],
    *,
    cache: Path,
    batch_size: int,
    workers: int,
    on_progress: Callable[[Progress], None] | None = None,
) -> Features:
    """The embeddings of images, those that no earlier run made made now.

    An image is known by its content, and a vision tower by its weights and all else that shapes its embeddings. A run
    that is killed goes on where it was, and leaves what an uninterrupted one leaves. Where another process makes
    embeddings of the same tower, this one waits for it.

    Args:
        encoder: its vision tower is asked; its text tower doesn't matter.
        images: where names are looked for.
        names: of images, in the order in which they are encoded; doubles are left out.
        cache: the folder of all towers' features.
        batch_size: pictures that the tower is given at once, always as many.
        workers: threads that read, hash and decode files.
        on_progress: told of distinct names; ``resumed`` are those whose embedding was there.

    Raises:
        NegdataError: the cache can't be written, a batch doesn't fit into memory, or the wait is too long.
    """
    folder = FeatureFolder.below(cache, key_of(encoder))
    _log.info("image embeddings are kept in %s", folder.path)
    making = _Making(encoder, images, folder, batch_size=batch_size, workers=workers, on_progress=on_progress)
    return making.run(list(dict.fromkeys(names)))


@dataclass(frozen=True, slots=True)
class _Read:
    """An image's file: the digest of its content, and the prepared picture unless its embedding is known."""

    content: bytes
    pixels: Tensor | None


@dataclass(slots=True)
class _Waiting:
    """A prepared picture that waits to be encoded, and all its names."""

    pixels: Tensor
    names: list[str] = field(default_factory=list)


class _Making:
    def __init__(
        self,
        encoder: TorchEncoder,
        images: Images,
        folder: FeatureFolder,
        *,
        batch_size: int,
        workers: int,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._encoder = encoder
        self._images = images
        self._folder = folder
        self._batch_size = batch_size
        self._workers = workers
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._stored = read_stored(folder)
        self._writer: FeatureWriter | None = None
        self._lock: OutputLock | None = None
        self._block: dict[bytes, _Waiting] = {}
        self._content_of: dict[str, bytes] = {}
        self._failed: dict[str, BadImage] = {}
        self._total = 0
        self._made: set[bytes] = set()
        self._resumed = 0

    def run(self, names: Sequence[str]) -> Features:
        self._total = len(names)
        try:
            left = names
            while left:
                self._make(left)
                # Of those that seemed to be there, another process may have found some damaged before we had the lock.
                left = [name for name in names if name not in self._failed and not self._has(name)]
                for name in left:
                    self._resumed -= self._content_of.pop(name, None) is not None
            self._report()
            return self._features(names)
        finally:
            if self._writer is not None:
                self._writer.close()
            if self._lock is not None:
                self._lock.release()

    def _features(self, names: Sequence[str]) -> Features:
        stored = self._stored if self._writer is None else self._writer.stored()
        good = [name for name in names if name in self._content_of]
        return Features(
            vectors=stored.vectors,
            row_of={name: stored.row_of[self._content_of[name]] for name in good},
            failed={name: self._failed[name] for name in names if name in self._failed},
            digest_of={name: self._content_of[name].hex() for name in good},
        )

    @property
    def _known(self) -> Mapping[bytes, int]:
        return self._stored.row_of if self._writer is None else self._writer.row_of

    def _has(self, name: str) -> bool:
        return self._content_of.get(name) in self._known

    def _make(self, names: Sequence[str]) -> None:
        self._report()
        reads = (partial(self._read, name) for name in names)
        for number, (name, read) in enumerate(zip(names, read_ahead(reads, self._workers), strict=True), 1):
            self._take(name, read)
            if len(self._block) == self._batch_size:
                self._finish_block(self._batch_size)
            elif number % self._batch_size == 0:
                self._report()
        if self._block:
            self._finish_block(1)

    def _read(self, name: str) -> _Read | BadImage:
        """Runs in a thread. The bytes that are hashed are those that are decoded, whoever writes to the file."""
        try:
            stored = self._images.read(name)
            content = blake2b(stored.content, digest_size=CONTENT_BYTES).digest()
            if content in self._known:
                return _Read(content, None)
            picture = decode(stored.content, stored.where, max_pixels=sys.maxsize)
        except BadImage as error:
            # Not the one that was raised: it would keep the picture alive with its traceback.
            return BadImage(error.code, str(error))
        try:
            return _Read(content, self._encoder.prepare(picture))
        except Exception as error:  # pictures have shapes that nobody expects
            return BadImage("image-unusable", f"{name} can't be prepared: {type(error).__name__}: {error}")

    def _take(self, name: str, read: _Read | BadImage) -> None:
        if isinstance(read, BadImage):
            self._failed[name] = read
        elif read.content in self._known:
            self._found([name], read.content)
        elif read.content in self._block:
            self._block[read.content].names.append(name)
        elif read.pixels is not None:
            self._block[read.content] = _Waiting(read.pixels, [name])

    def _found(self, names: Sequence[str], content: bytes) -> None:
        self._content_of |= dict.fromkeys(names, content)
        self._resumed += len(names) * (content not in self._made)

    def _finish_block(self, at_least: int) -> None:
        """Encodes what waits and stores it, if it is still as much once what another process has stored is left out."""
        writer = self._writing()
        if len(self._block) < at_least:
            return
        block, self._block = self._block, {}
        vectors = self._encoded([waiting.pixels for waiting in block.values()])
        finite = vectors.isfinite().all(dim=1)
        good = [content for content, is_good in zip(block, finite.tolist(), strict=True) if is_good]
        if good:
            writer.append(good, vectors[finite])
            self._made.update(good)
        for content, waiting in block.items():
            if content in writer.row_of:
                self._content_of |= dict.fromkeys(waiting.names, content)
            else:
                # What has no length has no direction.
                error = BadImage("not-a-number", f"{self._encoder.name} makes no finite embedding of it")
                self._failed |= dict.fromkeys(waiting.names, error)
        self._report()

    def _encoded(self, pixels: list[Tensor]) -> Tensor:
        """Embeddings that don't depend on what is encoded along: the last bits are those of a batch's shape."""
        import torch

        batch = torch.zeros(self._batch_size, *pixels[0].shape)
        for place, picture in enumerate(pixels):
            batch[place] = picture
        encode = partial(self._encoder.encode_images, batch)
        return within_memory(self._encoder.name, self._batch_size, encode)[: len(pixels)]

    def _writing(self) -> FeatureWriter:
        """The folder, open for writing; what another process stored before it let go of it waits no longer."""
        if self._writer is None:
            try:
                self._folder.path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise write_error(self._folder.path, error) from error
            self._lock = self._locked()
            self._writer = FeatureWriter(self._folder)
            for content in self._block.keys() & self._writer.row_of.keys():
                self._found(self._block.pop(content).names, content)
        return self._writer

    def _locked(self) -> OutputLock:
        command = f"features of {self._encoder.name}"
        latest = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                return OutputLock(self._folder.lock, self._folder.path, command)
            except Held as held:
                if time.monotonic() > latest:
                    raise NegdataError(held.problem, "Wait for it to end, or stop it, and run again.") from None
                self._report(waiting_reason=held.problem)
            time.sleep(_BETWEEN_TRIES)

    def _report(self, waiting_reason: str | None = None) -> None:
        if self._on_progress is None:
            return
        self._on_progress(
            Progress(
                total=self._total,
                kept=len(self._content_of),
                rejected=0,
                failed=len(self._failed),
                resumed=self._resumed,
                seconds=time.monotonic() - self._began,
                waiting_reason=waiting_reason,
            )
        )
