"""The multimodal models of this folder's tests, made once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backends.seeing import sharpened
from tests.vision.tiny import make_llava, make_qwen


@pytest.fixture(scope="session")
def _one_thread() -> None:
    """So small a model is slowed down by a second thread, by far where the other cores are busy."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def qwen(_one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sharpened(make_qwen(tmp_path_factory.mktemp("models") / "qwen"))


@pytest.fixture(scope="session")
def llava(_one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sharpened(make_llava(tmp_path_factory.mktemp("models") / "llava"))


@pytest.fixture(scope="session", params=("qwen", "llava"))
def folder(request: pytest.FixtureRequest) -> Path:
    made: Path = request.getfixturevalue(request.param)
    return made
