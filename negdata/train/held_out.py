"""Whether a model still finds images by plain captions: retrieval on what was held out, from cached embeddings."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from negdata.benchmark.evaluate.compare import compare
from negdata.benchmark.evaluate.encode import Encoded
from negdata.benchmark.evaluate.plan import Plan, Sight, Wording
from negdata.benchmark.evaluate.report import BenchScores
from negdata.benchmark.evaluate.retrieval import score_retrieval
from negdata.benchmark.evaluate.ties import SCORINGS
from negdata.benchmark.suites.base import View
from negdata.benchmark.suites.retrieval import Gallery
from negdata.clip.base import DualEncoder
from negdata.pictures import BadImage

if TYPE_CHECKING:
    from torch import Tensor

MOST = 5_000
"""Images that are searched, as many as in the test set of COCO that papers report."""
SUITE = "held-out"
NAME = "held-out captions"
BEFORE, AFTER = "before", "after"
_NOWHERE = Path()
"""The folder of images that nobody opens."""


class ImageFeatures(Protocol):
    """The part of a feature cache that is needed here.

    Attributes:
        vectors: float32 [rows, dim], each of length 1.
        row_of: image name to row.
        failed: image name to why it has no row.
    """

    @property
    def vectors(self) -> Tensor: ...

    @property
    def row_of(self) -> Mapping[str, int]: ...

    @property
    def failed(self) -> Mapping[str, BadImage]: ...


def held_out_retrieval(
    captions: Sequence[tuple[str, str]],
    features: ImageFeatures,
    before: DualEncoder,
    after: DualEncoder,
    *,
    seed: int,
) -> BenchScores:
    """The figures of both models, scored and compared as ``negdata eval`` does it; no image is decoded.

    Args:
        captions: image name and original caption of every row that was held out; a caption that an image has several
            times counts once.
        features: both models have this vision tower.
        seed: of the ``MOST`` images where there are more, and of resamples.

    Returns:
        The models are named ``before`` and ``after``; ``left_out`` says what was not searched for.

    Raises:
        NegdataError: there is no caption of an image that has an embedding, or a model gives no numbers.
    """
    pairs = list(dict.fromkeys(captions))
    images = list(dict.fromkeys(image for image, _ in pairs))
    taken = set(images if len(images) <= MOST else random.Random(seed).sample(images, MOST))
    gallery = Gallery()
    for image, caption in pairs:
        if image in taken:
            gallery.add(image, caption)
    left_out = {
        "captions that their image has twice": len(captions) - len(pairs),
        f"captions of images beyond {MOST:,}": sum(image not in taken for image, _ in pairs),
    }
    bench = gallery.bench(SUITE, Path(NAME), {what: count for what, count in left_out.items() if count})
    encoded = _encoded(bench.images, bench.captions, features, {BEFORE: before, AFTER: after})
    scored = score_retrieval(bench, _NOWHERE, encoded, SCORINGS["strict"])
    return BenchScores(
        suite=SUITE,
        path=NAME,
        digest=None,
        items=len(bench.captions),
        counted="captions",
        left_out=dict(bench.left_out),
        models=[one.scores for one in scored],
        comparisons=compare(scored, baseline=BEFORE, seed=seed),
    )


def _encoded(
    images: Sequence[str], captions: Sequence[str], features: ImageFeatures, models: Mapping[str, DualEncoder]
) -> list[Encoded]:
    """What an evaluation would have made of both, had it opened the images."""
    import torch

    sights = {image: Sight(_NOWHERE, View(image)) for image in images}
    wordings = [Wording(caption) for caption in dict.fromkeys(captions)]
    plan = Plan()
    plan.add(sights.values(), (wording.text for wording in wordings))
    there = [image for image in images if image in features.row_of]
    failed = {sights[image]: _why(image, features) for image in images if image not in features.row_of}
    # A copy: whatever is looked at of a mapped file is then in memory once, in one stretch.
    vectors = features.vectors[torch.tensor([features.row_of[image] for image in there], dtype=torch.long)]
    made = []
    for name, model in models.items():
        one = Encoded(model, plan, failed)
        one.model = name
        one.keep_views([sights[image] for image in there], vectors)
        one.keep_texts(wordings, model.encode_texts([wording.text for wording in wordings]))
        made.append(one)
    return made


def _why(image: str, features: ImageFeatures) -> BadImage:
    return features.failed.get(image) or BadImage("image-missing", f"{image} has no embedding")
