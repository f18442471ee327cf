"""Image embeddings that are made once: the vision tower is frozen, so every epoch, run and recipe reads the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.caches import feature_cache
from negdata.images import Images
from negdata.pictures import BadImage
from negdata.processes import Processes
from negdata.progress import Progress
from negdata.train.feature_key import key_of
from negdata.train.feature_making import Making, Outcome
from negdata.train.feature_sharing import made_together
from negdata.train.feature_shelf import Shelf
from negdata.train.feature_store import FeatureFolder, Stored

if TYPE_CHECKING:
    from torch import Tensor

    from negdata.clip.encoder import TorchEncoder

_log = logging.getLogger(__name__)


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
    processes: Processes | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Features:
    """The embeddings of images, those that no earlier run made made now.

    An image is known by its content, and a vision tower by its weights and all else that shapes its embeddings. A run
    that is killed goes on where it was, and leaves what an uninterrupted one leaves. Where another run makes embeddings
    of the same tower, this one waits for it.

    Args:
        encoder: its vision tower is asked; its text tower doesn't matter.
        images: where names are looked for.
        names: of images, in the order in which they are encoded; doubles are left out.
        cache: the folder of all towers' features.
        batch_size: pictures that the tower is given at once, always as many.
        workers: threads that read, hash and decode files.
        processes: those that are asked for the same; each makes its share, all get the same.
        on_progress: told of distinct names; ``resumed`` are those whose embedding was there.

    Raises:
        NegdataError: the cache can't be written, a batch doesn't fit into memory, the wait is too long, or other
            processes find other images.
    """
    folder = FeatureFolder.below(cache, key_of(encoder))
    _log.info("image embeddings are kept in %s", folder.path)
    distinct = list(dict.fromkeys(names))
    if processes is not None and processes.size > 1:
        together = (distinct, folder, processes, on_progress)
        outcomes, stored = made_together(encoder, images, *together, batch_size=batch_size, workers=workers)
        return _features(distinct, outcomes, stored)
    shelf = Shelf(folder, command=f"features of {encoder.name}")
    try:
        making = Making(encoder, images, shelf, batch_size=batch_size, workers=workers, on_progress=on_progress)
        return _features(distinct, making.run(distinct), shelf.stored())
    finally:
        shelf.close()


def _features(names: Sequence[str], outcomes: Mapping[str, Outcome], stored: Stored) -> Features:
    contents = {name: content for name in names if isinstance(content := outcomes[name], bytes)}
    return Features(
        vectors=stored.vectors,
        row_of={name: stored.row_of[content] for name, content in contents.items()},
        failed={name: error for name in names if isinstance(error := outcomes[name], BadImage)},
        digest_of={name: content.hex() for name, content in contents.items()},
    )
