"""One small CLIP in each layout; the weights are the same."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the transformers library writes it, with QuickGELU."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.clip.tiny import clip_folder

    return clip_folder(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SigLIP."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.clip.tiny import siglip_folder

    return siglip_folder(tmp_path_factory.mktemp("siglip"))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of ``folder`` in OpenAI's layout, as the paper publishes its own."""
    torch = pytest.importorskip("torch")
    from tests.clip.tiny import state_dict

    path = tmp_path_factory.mktemp("openai") / "tiny.pth"
    torch.save(state_dict(), path)
    return path
