"""What the documentation's commands about exports read."""

from __future__ import annotations

from pathlib import Path


def furnish_bases(folder: Path) -> None:
    """``stable-diffusion-v1-5`` and ``clipseg-rd64-refined``, both small and untrained."""
    from tests.train.export.bases import clipseg, stable_diffusion

    stable_diffusion(folder / "stable-diffusion-v1-5")
    clipseg(folder / "clipseg-rd64-refined")
