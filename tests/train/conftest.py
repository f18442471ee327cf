"""What the tests of features share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from negdata.demo.scene import draw_scene
from tests.train.feature_workers import Workers, many_images
from tests.train.watched import NAMES, Watched


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CLIP, as the transformers library writes it."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.clip.tiny import clip_folder

    return clip_folder(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def shared(model: Path) -> Watched:
    """For tests that change nothing of it."""
    return Watched(model)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes, for tests that change none."""
    folder = tmp_path_factory.mktemp("images")
    for number, name in enumerate(NAMES):
        draw_scene(number).image().save(folder / name)
    return folder


@pytest.fixture
def own(images: Path, tmp_path: Path) -> Path:
    """Scenes that a test may change."""
    return Path(shutil.copytree(images, tmp_path / "images"))


@pytest.fixture(scope="session")
def whole(shared: Watched, images: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The cache that an uninterrupted run leaves, and its embeddings."""
    cache = tmp_path_factory.mktemp("whole")
    return cache, shared.features(images, NAMES, cache).of(NAMES)


@pytest.fixture(scope="session")
def workers(model: Path) -> Iterator[Workers]:
    """Starts processes that make features with that model."""
    working = Workers(model)
    yield working
    working.close()


@pytest.fixture
def many(tmp_path: Path) -> dict[str, Any]:
    """What a process is told of many images."""
    return many_images(tmp_path / "many")
