"""Two small CLIPs that differ in their text tower alone, and a drawn world to score them on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.demo import World, write_world
from negdata.pictures import BadImage
from tests.clip.tiny import clip_folder, state_dict


@dataclass(frozen=True)
class Cached:
    """What a feature cache gives."""

    vectors: torch.Tensor
    row_of: dict[str, int]
    failed: dict[str, BadImage]


@dataclass(frozen=True)
class Ends:
    """Both ends of a fine-tuning."""

    before: Path
    after: Path
    world: World

    @property
    def images(self) -> list[str]:
        return sorted(path.name for path in self.world.images.iterdir())


def write_ends(folder: Path, scenes: int = 12) -> Ends:
    """Writes all of it."""
    first = state_dict(seed=0)
    second: dict[str, Any] = {
        name: tensor if name.startswith("visual.") else first[name] if name == "logit_scale" else other
        for (name, tensor), other in zip(first.items(), state_dict(seed=1).values(), strict=True)
    }
    return Ends(
        clip_folder(folder / "before", first),
        clip_folder(folder / "after", second),
        write_world(folder / "world", scenes, 0),
    )


def loaded(folder: Path) -> TorchEncoder:
    encoder = load_dual_encoder(str(folder), device="cpu")
    assert isinstance(encoder, TorchEncoder)
    return encoder


def cached(ends: Ends, encoder: TorchEncoder) -> Cached:
    """The embeddings of all images."""
    from negdata.pictures import decode

    contents = [(ends.world.images / name).read_bytes() for name in ends.images]
    prepared = [encoder.prepare(decode(content, "", max_pixels=10**7)) for content in contents]
    return Cached(encoder.encode_images(torch.stack(prepared)), {name: at for at, name in enumerate(ends.images)}, {})
