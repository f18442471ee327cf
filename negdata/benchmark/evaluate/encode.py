"""Puts every view and every text through every model once: files are decoded once, crops and texts go in batches.

Of several processes each takes some of the batches. These are what they are in one process, and so are the embeddings.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from negdata.benchmark.evaluate.cut import cut
from negdata.benchmark.evaluate.plan import Plan, Sight, Wording
from negdata.clip.base import DualEncoder
from negdata.clip.feeding import read_ahead, within_memory
from negdata.images import Stored
from negdata.pictures import BadImage, decode_turned
from negdata.processes import Processes
from negdata.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

    Vectors = NDArray[np.float32]
    Prepared = Sequence[Tensor] | BadImage
    """What each model takes of a view, or why there is nothing."""

TEXTS = 16
"""Texts that a model is given at once, for each crop of a batch: of many it can put those of like length together."""
T = TypeVar("T")


class Encoded:
    """What a model made of everything that it was shown.

    Attributes:
        model: its name.
        failed: views that no model was shown, and why: an item counts for all models or for none.
    """

    def __init__(self, model: DualEncoder, plan: Plan, failed: Mapping[Sight, BadImage]) -> None:
        import numpy as np

        self.model = model.name
        self.failed = failed
        self._sights = plan.sights
        self._wordings = plan.wordings
        self._of_sights: Vectors = np.zeros((len(plan.sights), model.dim), np.float32)
        self._of_texts: Vectors = np.zeros((len(plan.wordings), model.dim), np.float32)

    def views(self, sights: Sequence[Sight]) -> Vectors:
        """The embeddings of views, one a row."""
        return self._of_sights[[self._sights[sight] for sight in sights]]

    def texts(self, wordings: Sequence[Wording]) -> Vectors:
        """The embeddings of texts, one a row."""
        return self._of_texts[[self._wordings[wording] for wording in wordings]]

    def keep_views(self, sights: Sequence[Sight], vectors: Tensor) -> None:
        """Takes the embeddings of views."""
        self._of_sights[[self._sights[sight] for sight in sights]] = vectors.numpy()

    def keep_texts(self, wordings: Sequence[Wording], vectors: Tensor) -> None:
        """Takes the embeddings of texts."""
        self._of_texts[[self._wordings[wording] for wording in wordings]] = vectors.numpy()

    def complete(self, processes: Processes) -> None:
        """Takes what the other processes have made of their batches."""
        import torch

        for made in (self._of_sights, self._of_texts):
            processes.fill(torch.from_numpy(made))


class Encoding:
    """Encodes a plan with several models at once.

    Args:
        models: each is shown the same batches in the same order.
        plan: what is encoded, and in which order.
        read: gives the image that a folder, or another place of images, has of a name; raises BadImage.
        batch_size: crops in a batch, and ``TEXTS`` times as many texts; those of one image or item stay together as far
            as it allows.
        workers: threads that read and prepare images.
        processes: those that encode the same plan; all get all embeddings. None: this one alone.
        on_progress: called after every batch of this process, as if the others were as far.
    """

    def __init__(
        self,
        models: Sequence[DualEncoder],
        plan: Plan,
        *,
        read: Callable[[Path, str], Stored],
        batch_size: int,
        workers: int,
        processes: Processes | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._models = models
        self._plan = plan
        self._read = read
        self._batch_size = batch_size
        self._workers = workers
        self._processes = processes or Processes()
        self._on_progress = on_progress
        self._failed: dict[Sight, BadImage] = {}
        self._encoded = [Encoded(model, plan, self._failed) for model in models]
        self._began = time.monotonic()
        self._done = 0

    def run(self) -> list[Encoded]:
        """The embeddings of each model.

        Raises:
            NegdataError: a batch doesn't fit into memory, or another process has ended.
        """
        self._report()
        for wordings in self._processes.share(list(_batches(self._plan.texts, TEXTS * self._batch_size))):
            texts = [wording.text for wording in wordings]
            for model, encoded in zip(self._models, self._encoded, strict=True):
                encoded.keep_texts(wordings, within_memory(model.name, len(texts), partial(model.encode_texts, texts)))
            self._count(len(texts))
        # What fails leaves its batch smaller and moves nothing else: no process knows of the others' failures.
        batches = self._processes.share(list(_batches(self._plan.pictures.values(), self._batch_size)))
        pieces = read_ahead(self._reads(batches), self._workers)
        for batch in batches:
            prepared: list[tuple[Sight, Prepared]] = []
            while len(prepared) < len(batch):
                prepared += next(pieces)
            good = self._without_failed(prepared)
            if good:
                self._encode_views(good)
        self._complete()
        return self._encoded

    def _complete(self) -> None:
        """Has every process know what each has made, and what failed."""
        for encoded in self._encoded:
            encoded.complete(self._processes)
        own = [[self._plan.sights[sight], error.code, str(error)] for sight, error in self._failed.items()]
        # Of the json module: names, and what is said of them, may hold half a surrogate pair.
        lines = [line for told in self._processes.told(json.dumps(own).encode()) for line in json.loads(told)]
        failed = {place: BadImage(code, message) for place, code, message in lines}
        self._failed.clear()
        self._failed.update((sight, failed[place]) for sight, place in self._plan.sights.items() if place in failed)
        self._done = len(self._plan.sights) + len(self._plan.wordings)
        self._report()

    def _encode_views(self, batch: Sequence[tuple[Sight, Sequence[Tensor]]]) -> None:
        import torch

        sights = [sight for sight, _ in batch]
        for number, (model, encoded) in enumerate(zip(self._models, self._encoded, strict=True)):
            prepared = torch.stack([tensors[number] for _, tensors in batch])
            encoded.keep_views(sights, within_memory(model.name, len(batch), partial(model.encode_images, prepared)))
        self._count(len(batch))

    def _reads(self, batches: Iterable[Sequence[Sight]]) -> Iterator[Callable[[], list[tuple[Sight, Prepared]]]]:
        """Prepares the views of each file for each model, in the order of the batches; at most a batch at once."""
        before, file = None, None
        for batch in batches:
            for (folder, name), sights in groupby(batch, lambda sight: (sight.folder, sight.view.image)):
                if file is None or before != (folder, name):
                    before, file = (folder, name), _File(partial(self._read, folder, name))
                yield partial(_prepare, file, list(sights), self._models)

    def _without_failed(self, piece: Sequence[tuple[Sight, Prepared]]) -> list[tuple[Sight, Sequence[Tensor]]]:
        good = []
        for sight, prepared in piece:
            if isinstance(prepared, BadImage):
                self._failed[sight] = prepared
            else:
                good.append((sight, prepared))
        self._count(len(piece) - len(good))
        return good

    def _count(self, done: int) -> None:
        self._done += done * self._processes.size
        if done:
            self._report()

    def _report(self) -> None:
        if self._on_progress is None:
            return
        total = len(self._plan.sights) + len(self._plan.wordings)
        done = min(total, self._done)
        self._on_progress(
            Progress(
                total=total,
                kept=done - len(self._failed),
                rejected=0,
                failed=len(self._failed),
                resumed=0,
                seconds=time.monotonic() - self._began,
            )
        )


class _File:
    """An image file, decoded by the thread that first needs it, for all that is cut from it."""

    def __init__(self, read: Callable[[], Stored]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._picture: tuple[Image, int] | None = None

    def picture(self) -> tuple[Image, int]:
        """The picture upright at its full size, and how it is stored; raises BadImage."""
        with self._lock:
            if self._picture is None:
                stored = self._read()
                self._picture = decode_turned(stored.content, stored.where, max_pixels=sys.maxsize)
            return self._picture


def _prepare(file: _File, sights: Sequence[Sight], models: Sequence[DualEncoder]) -> list[tuple[Sight, Prepared]]:
    """What each model takes of each view, or why there is nothing."""
    made: list[tuple[Sight, Prepared]] = []
    for sight in sights:
        try:
            picture, orientation = file.picture()
            crop = cut(picture, sight.view, orientation)
            made.append((sight, [model.prepare(crop) for model in models]))
        except BadImage as error:
            # Not the one that was raised: it would keep the picture alive with its traceback.
            made.append((sight, BadImage(error.code, str(error))))
        except Exception as error:  # image processors raise nearly anything on shapes that they don't expect
            message = f"{sight.view.image} can't be prepared: {type(error).__name__}: {error}"
            made.append((sight, BadImage("crop-unusable", message)))
    return made


def _batches(groups: Iterable[Sequence[T]], size: int) -> Iterator[list[T]]:
    """Groups put together to batches of at most ``size``; one is divided only where it is larger by itself."""
    batch: list[T] = []
    for group in groups:
        if batch and len(batch) + len(group) > size:
            yield batch
            batch = []
        batch.extend(group)
        while len(batch) > size:
            yield batch[:size]
            batch = batch[size:]
    if batch:
        yield batch
