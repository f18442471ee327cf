"""Before the first step: the data is read and checked, images are encoded, rows are split."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.images import open_images
from negdata.processes import Processes
from negdata.progress import Progress
from negdata.records import FailedCaption
from negdata.train.checks import DataChecks, check_data, check_enough
from negdata.train.corpus import Corpus, corpus_of
from negdata.train.features import Features, cached_features, default_cache
from negdata.train.pairs import Pair, TrainingData, read_pairs
from negdata.train.recipe import Recipe
from negdata.train.settings import FinetuneSettings
from negdata.train.split import split
from negdata.whole_files import write_whole

MOST_WORKERS = 8
IMAGES_ON_CPU, IMAGES_ON_ACCELERATOR = 8, 64
"""Pictures that the vision tower takes at once, as in an evaluation."""
FAILED = "data.failed.jsonl"
CUT = "data.cut.jsonl"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What can be trained on.

    Attributes:
        data: as it was read.
        failed: error → rows, those whose image can't be read included.
        features: of all images that can.
        corpus: the rows whose image can be read.
        rows: of the corpus, that are trained on; ``held`` are held out.
    """

    data: TrainingData
    failed: Counter[str]
    features: Features
    corpus: Corpus
    rows: list[int]
    held: list[int]
    checks: DataChecks

    @property
    def notes(self) -> list[str]:
        """What a user should know of the data before it is trained on."""
        notes = list(self.data.notes)
        for which, count in self.checks.cut_at_context.items():
            if count:
                some = f"{which}s have" if count > 1 else f"{which} has"
                cut = "are" if count > 1 else "is"
                notes.append(f"{count:,} {some} more than {self.checks.context} tokens and {cut} cut: {CUT}")
        if self.failed:
            told = ", ".join(f"{count:,} {code}" for code, count in self.failed.most_common())
            total = self.failed.total()
            notes.append(f"{total:,} row{'s' if total > 1 else ''} can't be used ({told}): {FAILED}")
        return notes

    @property
    def held_captions(self) -> list[tuple[str, str]]:
        """Image and original caption of what is held out."""
        pairs = [self.corpus.pairs[row] for row in self.held]
        return [(pair.image, pair.caption) for pair in pairs]


def prepare_data(
    settings: FinetuneSettings,
    recipe: Recipe,
    encoder: TorchEncoder,
    processes: Processes,
    out: Path,
    on_progress: Callable[[Progress], None] | None,
) -> Prepared:
    """Reads, encodes, checks and splits; the first process writes what it tells of rows into ``out``, the others don't.

    Raises:
        NegdataError: the data can't be read, or can't be trained on with this recipe.
    """
    with TemporaryDirectory() as elsewhere:
        told = out if processes.first else Path(elsewhere)
        data = read_pairs(settings.data, exclude=settings.exclude, out=told)
        check_enough(data.pairs, recipe)  # before images are encoded for hours
        features = _features(settings, encoder, data.pairs, processes, on_progress)
        lost = [pair for pair in data.pairs if pair.image in features.failed]
        if lost:
            _tell_lost(told / FAILED, lost, features)
        # In an order of their own: a run writes its records as they are done, and the same ones train the same model.
        pairs = sorted((pair for pair in data.pairs if pair.image not in features.failed), key=lambda pair: pair.id)
        if not pairs:
            why = features.failed[lost[0].image]
            raise NegdataError(
                f"None of the {len(features.failed):,} images of {settings.data} can be read: {why}.",
                "Check that --images is what image names are relative to.",
            )
        checks = check_data(data.pairs, encoder, features.failed, recipe, out=told)
    rows, held = split(pairs, recipe.split, recipe.seed)
    return Prepared(
        data=data,
        failed=data.failed + Counter(features.failed[pair.image].code for pair in lost),
        features=features,
        corpus=corpus_of(pairs, features, encoder, recipe.contrast),
        rows=rows,
        held=held,
        checks=checks,
    )


def _features(
    settings: FinetuneSettings,
    encoder: TorchEncoder,
    pairs: Sequence[Pair],
    processes: Processes,
    on_progress: Callable[[Progress], None] | None,
) -> Features:
    workers = min(MOST_WORKERS, os.cpu_count() or 1) if settings.workers is None else settings.workers
    return cached_features(
        encoder,
        open_images(settings.images),
        list(dict.fromkeys(pair.image for pair in pairs)),
        cache=default_cache(),
        batch_size=IMAGES_ON_CPU if encoder.placement.device == "cpu" else IMAGES_ON_ACCELERATOR,
        workers=workers,
        processes=processes,
        on_progress=on_progress,
    )


def _tell_lost(path: Path, lost: Sequence[Pair], features: Features) -> None:
    """Adds the rows whose image can't be read to those that failed before."""
    lines = [path.read_bytes() if path.is_file() else b""]
    for pair in lost:
        failure = features.failed[pair.image]
        record = FailedCaption(
            id=pair.id,
            image=pair.image,
            caption=pair.caption,
            negated=pair.negated,
            error=failure.code,
            message=str(failure),
        )
        lines.append(record.to_line())
    write_whole(path, b"".join(lines))
