"""One process encodes images, those whose features are known left out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from negdata.clip.feeding import read_ahead, within_memory
from negdata.images import Images, Stored
from negdata.pictures import BadImage, decode
from negdata.progress import Progress
from negdata.train.feature_shelf import Shelf
from negdata.train.feature_store import CONTENT_BYTES

if TYPE_CHECKING:
    from torch import Tensor

    from negdata.clip.encoder import TorchEncoder

Outcome = bytes | BadImage
"""The digest of an image's content, whose feature is stored, or why there is none."""


def digest_of(stored: Stored) -> bytes:
    """What an image is known by: the digest of its content."""
    return blake2b(stored.content, digest_size=CONTENT_BYTES).digest()


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


class Making:
    """Makes features of images and puts them on a shelf.

    Args:
        encoder: its vision tower is asked.
        images: where names are looked for.
        shelf: what is known, and where the rest goes; it is opened when a first block is full.
        batch_size: pictures that the tower is given at once, always as many.
        workers: threads that read, hash and decode files.
        on_progress: told of the names that ``run`` is given; ``resumed`` are those whose embedding was there.
    """

    def __init__(
        self,
        encoder: TorchEncoder,
        images: Images,
        shelf: Shelf,
        *,
        batch_size: int,
        workers: int,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._encoder = encoder
        self._images = images
        self._shelf = shelf
        self._batch_size = batch_size
        self._workers = workers
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._block: dict[bytes, _Waiting] = {}
        self._content_of: dict[str, bytes] = {}
        self._failed: dict[str, BadImage] = {}
        self._total = 0
        self._made: set[bytes] = set()
        self._resumed = 0

    def run(self, names: Sequence[str]) -> Mapping[str, Outcome]:
        """What became of each name; raises NegdataError as ``cached_features``."""
        self._total = len(names)
        left = names
        while left:
            self._make(left)
            # Of those that seemed to be there, another process may have found some damaged before we had the lock.
            left = [name for name in names if name not in self._failed and not self._has(name)]
            for name in left:
                self._resumed -= self._content_of.pop(name, None) is not None
        self._report()
        return {**self._content_of, **self._failed}

    def report(self, waiting_reason: str | None) -> None:
        """Tells how far it is, and what it waits for."""
        self._report(waiting_reason)

    def _has(self, name: str) -> bool:
        return name in self._content_of and self._shelf.knows(self._content_of[name])

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
            content = digest_of(stored)
            if self._shelf.knows(content):
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
        elif self._shelf.knows(read.content):
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
        self._shelf.open(self.report)
        for content in [content for content in self._block if self._shelf.knows(content)]:
            self._found(self._block.pop(content).names, content)
        if len(self._block) < at_least:
            return
        block, self._block = self._block, {}
        vectors = self._encoded([waiting.pixels for waiting in block.values()])
        finite = vectors.isfinite().all(dim=1)
        good = [content for content, is_good in zip(block, finite.tolist(), strict=True) if is_good]
        if good:
            self._shelf.put(good, vectors[finite])
            self._made.update(good)
        for content, waiting in block.items():
            if content in self._made:
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
