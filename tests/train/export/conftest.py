"""A small fine-tuned CLIP, exported in every way that another's code can read."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a CLIP with QuickGELU, near the text encoders of ``bases``."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.clip.tiny import clip_folder
    from tests.train.export.bases import fine_tuned

    return clip_folder(tmp_path_factory.mktemp("clip") / "negationclip", fine_tuned())


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same CLIP as one file."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.train.export.bases import weights_file

    return weights_file(tmp_path_factory.mktemp("weights") / "negationclip.safetensors")


@pytest.fixture(scope="session")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SigLIP."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.clip.tiny import siglip_folder

    return siglip_folder(tmp_path_factory.mktemp("siglip"))
