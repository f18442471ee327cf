"""Small scenes, a small CLIP that counts what it is shown, and what a cache of features holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from negdata.clip.load import load_dual_encoder
from negdata.images import open_images
from negdata.progress import Progress
from negdata.train.features import cached_features
from tests.train.feature_worker import BATCH

IMAGES = 20
NAMES = [f"{number:02d}.png" for number in range(IMAGES)]


def loaded(model: Path, **options: Any) -> Any:
    return load_dual_encoder(str(model), device="cpu", **{"dtype": "float32"} | options)


class Watched:
    """A small CLIP, and how many pictures it was given, those that fill a batch up left out."""

    def __init__(self, model: Path, **options: Any) -> None:
        self.encoder = loaded(model, **options)
        self.encoded = 0
        self.prepared = 0
        self.shapes: set[tuple[int, ...]] = set()
        self.progress: list[Progress] = []
        encode, prepare = self.encoder.encode_images, self.encoder.prepare

        def encode_images(prepared: Any) -> Any:
            self.encoded += int((prepared != 0).flatten(1).any(1).sum())
            self.shapes.add(tuple(prepared.shape))
            return encode(prepared)

        def prepare_one(picture: Image.Image) -> Any:
            self.prepared += 1
            return prepare(picture)

        self.encoder.encode_images, self.encoder.prepare = encode_images, prepare_one

    def features(self, images: Path, names: list[str], cache: Path, workers: int = 2, batch_size: int = BATCH) -> Any:
        self.encoded = self.prepared = 0
        self.progress = []
        return cached_features(
            self.encoder,
            open_images(images),
            names,
            cache=cache,
            batch_size=batch_size,
            workers=workers,
            on_progress=self.progress.append,
        )


def alone(watched: Watched, path: Path) -> Any:
    with Image.open(path) as picture:
        prepared = watched.encoder.prepare(picture.convert("RGB"))
    return watched.encoder.encode_images(prepared[None])[0]


def files(cache: Path) -> dict[str, bytes]:
    return {str(path.relative_to(cache)): path.read_bytes() for path in cache.rglob("*") if path.is_file()}


def the_folder(cache: Path) -> Path:
    (folder,) = cache.iterdir()
    return folder
