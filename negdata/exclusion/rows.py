"""``--exclude``: which rows of a corpus are about images that benchmarks use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.exclusion.keys import ImageKeys, describe, key_of
from negdata.exclusion.read import images_of
from negdata.negation import Finding
from negdata.records import CaptionRecord


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The images of a benchmark; ``name`` is its file's."""

    name: str
    images: ImageKeys


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The benchmarks whose images are left out; without any nothing is."""

    benchmarks: tuple[Benchmark, ...] = ()

    def finding(self, record: CaptionRecord) -> Finding | None:
        """``excluded`` where a benchmark uses the record's image, ``image-unknown`` where that can't be told."""
        if not self.benchmarks:
            return None
        key = key_of(record.image, record.image_id)
        if key is None:
            return Finding("image-unknown", "it names no image, so that it can't be told whether a benchmark uses it")
        names = [one.name for one in self.benchmarks if key in one.images.keys]
        if not names:
            return None
        return Finding("excluded", f"{' and '.join(names)} {'uses' if len(names) == 1 else 'use'} {describe(key)}")

    def identity(self) -> dict[str, JsonValue]:
        """What stands for the benchmarks among the settings under which alone a run goes on: their images."""
        return {"exclude": [*sorted({one.images.digest() for one in self.benchmarks})]} if self.benchmarks else {}


NOTHING = Exclusion()


def open_exclusion(benchmarks: Iterable[Path]) -> Exclusion:
    """Reads the benchmarks; raises NegdataError as ``images_of`` does."""
    return Exclusion(tuple(Benchmark(path.name or str(path), images_of(path)) for path in dict.fromkeys(benchmarks)))


class Overlap:
    """What a corpus and the benchmarks share, as told by a pass over its rows.

    Attributes:
        excluded: how many rows that the run takes are left out.
    """

    def __init__(self, exclusion: Exclusion) -> None:
        self.excluded = 0
        self._exclusion = exclusion
        self._named = False
        self._unmatched = list(exclusion.benchmarks)

    def see(self, record: CaptionRecord, *, taken: bool) -> None:
        """Counts a row; ``taken`` tells whether the run takes it."""
        if not self._exclusion.benchmarks:
            return
        key = key_of(record.image, record.image_id)
        self._named |= key is not None
        self._unmatched = [one for one in self._unmatched if key not in one.images.keys]
        self.excluded += taken and self._exclusion.finding(record) is not None

    def check(self, source: Path) -> None:
        """Raises NegdataError where no row tells its image, so that nothing could be left out."""
        if self._exclusion.benchmarks and not self._named:
            raise NegdataError(
                f"No row of {source} names its image, so that --exclude can't tell which ones benchmarks use.",
                "Name the column of images with --image-column, or leave --exclude out.",
            )

    @property
    def notes(self) -> list[str]:
        """The benchmarks of which no row is: right for other images, and a sign of other names for the same ones."""
        return [
            f"{one.name} uses {len(one.images):,} images, and no row of the source is about one of them"
            for one in self._unmatched
        ]
