"""What a vision tower's features depend on: runs that agree in all of it share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson
from pydantic import JsonValue

if TYPE_CHECKING:
    from torch import Tensor

    from negdata.clip.encoder import TorchEncoder

FORMAT = 1
_NOT_OF_VISION = (
    *("text_model.", "text_projection", "logit_scale", "logit_bias"),
    # What open_clip has of a text tower, at the top or together.
    *("text.", "text_decoder.", "transformer.", "token_embedding.", "positional_embedding", "ln_final."),
)
_NOT_OF_VISION_SHAPE = frozenset({"name", "text", "context", "text_cfg"})


@dataclass(frozen=True)
class FeatureKey:
    """A vision tower, and how it is used.

    Attributes:
        description: all that shapes its features, for people to read.
        dim: numbers in a feature.
    """

    description: dict[str, JsonValue]
    dim: int

    @cached_property
    def digest(self) -> str:
        """The name under which its features are kept."""
        return blake2b(orjson.dumps(self.description, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def key_of(encoder: TorchEncoder) -> FeatureKey:
    """The key of a model's features; its weights are hashed as they are now, the text tower's left out."""
    from negdata.clip.encoder import weights_digest

    shape = {name: value for name, value in encoder.about.architecture.items() if name not in _NOT_OF_VISION_SHAPE}
    description: dict[str, JsonValue] = {
        "format": FORMAT,
        "dim": encoder.dim,
        "weights": weights_digest(of_vision(encoder.model.state_dict())),
        "architecture": shape,
        "activation": encoder.about.activation,
        "preprocessing": encoder.preprocessing.description() | {"divisor": encoder.preprocessing.divisor},
        "dtype": encoder.placement.dtype,
        "device": encoder.placement.device.split(":")[0],
    }
    return FeatureKey(description, encoder.dim)


def of_vision(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a model's weights have of the vision tower and its projection, in any layout."""
    return {name: tensor for name, tensor in weights.items() if not name.startswith(_NOT_OF_VISION)}
