"""Images and their captions, gathered one by one into a benchmark of search."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from negdata.benchmark.suites.base import RetrievalBench


class Gallery:
    """Images in the order in which they first come, each once, and captions that find them."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._captions: list[str] = []
        self._image_of: list[int] = []
        self._taken: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._captions)

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(self._places)

    def captions_of(self, image: str) -> int:
        """How many captions find this image so far."""
        return self._taken.get(image, 0)

    def add(self, image: str, caption: str) -> None:
        """One more caption of an image, and the image where it is new."""
        place = self._places.setdefault(image, len(self._places))
        self._captions.append(caption)
        self._image_of.append(place)
        self._taken[image] = self.captions_of(image) + 1

    def bench(self, suite: str, path: Path, left_out: Mapping[str, int]) -> RetrievalBench:
        """What was gathered."""
        return RetrievalBench(suite, path, self.images, tuple(self._captions), tuple(self._image_of), dict(left_out))
