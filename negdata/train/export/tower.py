"""The shape of a text tower, and whether one can take another's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from negdata.errors import NegdataError

_LEGACY_END = 2
# What the transformers library takes where a config says nothing; CLIPSeg's are the same.
_DEFAULTS: Mapping[str, int | float | str] = {
    "hidden_size": 512,
    "num_hidden_layers": 12,
    "num_attention_heads": 8,
    "intermediate_size": 2048,
    "max_position_embeddings": 77,
    "vocab_size": 49408,
    "projection_dim": 512,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
    "eos_token_id": 49407,
}


@dataclass(frozen=True, slots=True)
class TextTower:
    """What has to agree for weights to mean the same.

    Attributes:
        inner: the width between the two layers of a perceptron.
        context: the most tokens of a text.
        dim: the width of what the projection gives; None where there is no projection.
        end: the token at which a text's embedding is taken; None: the highest of the text.
    """

    width: int
    layers: int
    heads: int
    inner: int
    context: int
    vocabulary: int
    dim: int | None
    activation: str
    epsilon: float
    end: int | None

    def __str__(self) -> str:
        projected = "" if self.dim is None else f", projected to {self.dim}"
        return (
            f"width {self.width} ({self.inner} inside), {self.layers} layers of {self.heads} heads, "
            f"context {self.context}, vocabulary {self.vocabulary}{projected}"
        )

    @property
    def shape(self) -> TextTower:
        """The same with nothing that isn't its shape."""
        return replace(self, activation="", epsilon=0.0, end=None)


def tower_of(config: Mapping[str, Any], where: str, *, dim: int | None) -> TextTower:
    """The text tower that a config of the transformers library describes.

    Args:
        config: of the text tower alone; keys may be missing.
        where: the file, for errors.
        dim: the width of its projection; None where it has none.

    Raises:
        NegdataError: a value isn't what it should be.
    """
    said = {name: config.get(name, default) for name, default in _DEFAULTS.items()}
    for name, default in _DEFAULTS.items():
        value = said[name]
        fits = isinstance(value, str) if isinstance(default, str) else isinstance(value, (int, float))
        if isinstance(value, bool) or not fits or (isinstance(default, int) and not isinstance(value, int)):
            raise NegdataError(f"{where} has {name} {str(value)[:60]!r}.", "Fetch it again.")
    end = said["eos_token_id"]
    return TextTower(
        width=said["hidden_size"],
        layers=said["num_hidden_layers"],
        heads=said["num_attention_heads"],
        inner=said["intermediate_size"],
        context=said["max_position_embeddings"],
        vocabulary=said["vocab_size"],
        dim=dim,
        activation=said["hidden_act"],
        epsilon=float(said["layer_norm_eps"]),
        # Configs of old say that the end is token 2; the library then takes the highest one, which is the true end.
        end=None if end in (_LEGACY_END, said["vocab_size"] - 1) else end,
    )


def takes(base: TextTower, model: TextTower) -> bool:
    """Whether weights of the model's shape fit into the base.

    A base without a projection may have fewer layers: Stable Diffusion 2 reads its text one layer early, and has left
    out the last. A projection belongs to what the last layer gives.
    """
    wanted = model.shape
    if base.dim is None:
        wanted = replace(wanted, dim=None)
        if 1 <= base.layers <= model.layers:
            wanted = replace(wanted, layers=base.layers)
    return base.shape == wanted


def check_agreement(base: TextTower, model: TextTower, where: str, name: str) -> None:
    """Raises NegdataError where two towers of one shape calculate differently.

    Args:
        where: the base's config, for errors.
        name: the model's.
    """
    for what, theirs, ours in (
        ("the activation", base.activation, model.activation),
        ("the epsilon of layer norms", base.epsilon, model.epsilon),
        ("the token at which a text ends", base.end or "the highest", model.end or "the highest"),
    ):
        if theirs != ours:
            raise NegdataError(
                f"{where} has {what} {theirs}, where {name} has {ours}.",
                "Give a model that was fine-tuned from the base's own CLIP.",
            )


def no_fit(name: str, model: TextTower, bases: Mapping[str, TextTower]) -> NegdataError:
    """The error for a base that has no text encoder of the model's shape."""
    listed = "; ".join(f"{part} has {shape}" for part, shape in bases.items())
    return NegdataError(
        f"The text tower of {name} has {model}; that fits nowhere: {listed}.",
        "Give a model that was fine-tuned from the base's own CLIP.",
    )
