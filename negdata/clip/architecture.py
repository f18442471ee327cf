"""Which CLIP a state dict in OpenAI's layout is, told by the shapes of its tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from negdata.clip.checkpoint import listed
from negdata.errors import NegdataError, unknown_name

if TYPE_CHECKING:
    import transformers

_HEAD_WIDTH = 64
# OpenAI's heads are 64 wide; of the larger vision towers that others published, each width has heads of one width.
_WIDE_HEADS = {1280: 80, 1408: 88, 1664: 104, 1792: 112}
QUICK_GELU_SUFFIX = "-quickgelu"


class Shaped(Protocol):
    """Anything with a shape."""

    @property
    def shape(self) -> Iterable[int]: ...


@dataclass(frozen=True, slots=True)
class Tower:
    """One transformer: ``inner`` is the width between the two layers of its perceptrons."""

    width: int
    layers: int
    heads: int
    inner: int


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of a CLIP whose vision tower is a ViT.

    Attributes:
        resolution: of the square picture that it takes, in pixels.
        context: the most tokens of a text.
        dim: the width of the shared space.
    """

    vision: Tower
    text: Tower
    patch: int
    resolution: int
    context: int
    vocabulary: int
    dim: int

    @property
    def name(self) -> str | None:
        """What people call it, ``ViT-B-32``; None for a shape that nobody published."""
        return next((name for name, shape in PUBLISHED.items() if shape == replace(self, vocabulary=49408)), None)

    @property
    def pools_at(self) -> int:
        """The token at which a text's embedding is taken: the last of the vocabulary, which ends every text."""
        return self.vocabulary - 1

    def config(self, *, quick_gelu: bool) -> transformers.CLIPConfig:
        """The same as the transformers library says it."""
        import transformers

        activation = "quick_gelu" if quick_gelu else "gelu"
        text = _tower_config(self.text, activation, self.dim) | {
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "bos_token_id": self.vocabulary - 2,
            "eos_token_id": self.pools_at,
            "pad_token_id": self.pools_at,
        }
        vision = _tower_config(self.vision, activation, self.dim) | {
            "image_size": self.resolution,
            "patch_size": self.patch,
        }
        return transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=self.dim)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor of its state dict in OpenAI's layout."""
        vision, text = self.vision.width, self.text.width
        return {
            "logit_scale": (),
            "positional_embedding": (self.context, text),
            "token_embedding.weight": (self.vocabulary, text),
            "ln_final.weight": (text,),
            "ln_final.bias": (text,),
            "text_projection": (text, self.dim),
            "visual.class_embedding": (vision,),
            "visual.conv1.weight": (vision, 3, self.patch, self.patch),
            "visual.positional_embedding": ((self.resolution // self.patch) ** 2 + 1, vision),
            "visual.ln_pre.weight": (vision,),
            "visual.ln_pre.bias": (vision,),
            "visual.ln_post.weight": (vision,),
            "visual.ln_post.bias": (vision,),
            "visual.proj": (vision, self.dim),
            **_block_shapes("transformer.resblocks.", self.text),
            **_block_shapes("visual.transformer.resblocks.", self.vision),
        }


def architecture_of(tensors: Mapping[str, Shaped], where: str) -> Architecture:
    """The architecture of a state dict that holds all of it and nothing else.

    Args:
        tensors: in OpenAI's layout; only shapes are looked at.
        where: the file, for errors.

    Raises:
        NegdataError: tensors are missing or unexpected, or their shapes contradict each other.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if shapes.get("logit_scale") == (1,):
        shapes["logit_scale"] = ()
    width, _, patch, _ = shape_of(shapes, "visual.conv1.weight", 4, where)
    side = grid_side(shape_of(shapes, "visual.positional_embedding", 2, where)[0], where)
    context, text_width = shape_of(shapes, "positional_embedding", 2, where)
    found = Architecture(
        vision=_tower(shapes, "visual.transformer.resblocks.", width, _WIDE_HEADS.get(width, _HEAD_WIDTH), where),
        text=_tower(shapes, "transformer.resblocks.", text_width, _HEAD_WIDTH, where),
        patch=patch,
        resolution=patch * side,
        context=context,
        vocabulary=shape_of(shapes, "token_embedding.weight", 2, where)[0],
        dim=shape_of(shapes, "text_projection", 2, where)[1],
    )
    compare(found.shapes(), shapes, where)
    return found


def compare(wanted: Mapping[str, tuple[int, ...]], given: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Raises NegdataError unless a state dict has the wanted tensors, in their shapes, and no other."""
    missing = [name for name in wanted if name not in given]
    unexpected = [name for name in given if name not in wanted]
    if missing or unexpected:
        parts = [f"lacks {len(missing)} of its tensors: {listed(missing)}"] if missing else []
        parts += [f"has {len(unexpected)} that it should not: {listed(unexpected)}"] if unexpected else []
        raise NegdataError(
            f"{where} {', and '.join(parts)}.", "Give the whole state dict of a CLIP; if this is one, fetch it again."
        )
    wrong = [f"{name} is {given[name]}, not {shape}" for name, shape in wanted.items() if given[name] != shape]
    if wrong:
        raise _contradiction(where, listed(wrong))


def check_name(found: Architecture, name: str, where: str) -> None:
    """Raises NegdataError unless a model's shape is that of the architecture with this name."""
    plain = plain_name(name)
    if plain not in PUBLISHED:
        raise unknown_name("architecture", plain, PUBLISHED)
    if replace(found, vocabulary=PUBLISHED[plain].vocabulary) != PUBLISHED[plain]:
        shapes = found.name or (
            f"a CLIP of {found.vision.layers} and {found.text.layers} layers, {found.vision.width} and "
            f"{found.text.width} wide, that isn't published"
        )
        raise NegdataError(
            f"{where} has the shapes of {shapes}, not of {name}.", "Leave --architecture out: shapes tell it."
        )


def plain_name(name: str) -> str:
    """``ViT-B/32`` and ``ViT-B-32-quickgelu`` are ``ViT-B-32``, ``ViT-L/14@336px`` is ``ViT-L-14-336``."""
    return re.sub(r"px$", "", name.removesuffix(QUICK_GELU_SUFFIX)).replace("/", "-").replace("@", "-")


def shape_of(shapes: Mapping[str, tuple[int, ...]], name: str, dimensions: int, where: str) -> tuple[int, ...]:
    """The shape of a tensor; raises NegdataError where it is missing, empty or has another number of dimensions."""
    shape = shapes.get(name)
    if shape is None:
        raise NegdataError(
            f"{where} is no CLIP: it has no {name}, but {listed(list(shapes)) or 'nothing'}.",
            "Give the whole state dict of a CLIP.",
        )
    if len(shape) != dimensions or not all(shape):
        raise _contradiction(where, f"{name} is {shape}")
    return shape


def grid_side(positions: int, where: str) -> int:
    """How many patches lie along a side, of so many positions: a square's, and one for the whole picture."""
    side = math.isqrt(positions - 1)
    if side * side != positions - 1 or not side:
        raise _contradiction(where, f"its vision tower has {positions - 1} patches, which are no square")
    return side


def _tower(shapes: Mapping[str, tuple[int, ...]], prefix: str, width: int, head: int, where: str) -> Tower:
    blocks = {name[len(prefix) :].split(".", 1)[0] for name in shapes if name.startswith(prefix)}
    if width % head:
        raise _contradiction(where, f"a width of {width} can't be split into heads of {head}")
    inner = shape_of(shapes, f"{prefix}0.mlp.c_fc.weight", 2, where)[0]
    return Tower(width, len(blocks), width // head, inner)


def _block_shapes(prefix: str, tower: Tower) -> dict[str, tuple[int, ...]]:
    width, inner = tower.width, tower.inner
    block = {
        "attn.in_proj_weight": (3 * width, width),
        "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width),
        "attn.out_proj.bias": (width,),
        "ln_1.weight": (width,),
        "ln_1.bias": (width,),
        "ln_2.weight": (width,),
        "ln_2.bias": (width,),
        "mlp.c_fc.weight": (inner, width),
        "mlp.c_fc.bias": (inner,),
        "mlp.c_proj.weight": (width, inner),
        "mlp.c_proj.bias": (width,),
    }
    return {f"{prefix}{number}.{name}": shape for number in range(tower.layers) for name, shape in block.items()}


def _tower_config(tower: Tower, activation: str, dim: int) -> dict[str, Any]:
    return {
        "hidden_size": tower.width,
        "num_hidden_layers": tower.layers,
        "num_attention_heads": tower.heads,
        "intermediate_size": tower.inner,
        "hidden_act": activation,
        "projection_dim": dim,
    }


def _contradiction(where: str, what: str) -> NegdataError:
    return NegdataError(
        f"The shapes in {where} contradict each other: {what}.",
        "Fetch it again, or give the state dict of a whole CLIP.",
    )


def _published(patch: int, resolution: int, vision: Tower, text: Tower, dim: int) -> Architecture:
    return Architecture(vision, text, patch, resolution, 77, 49408, dim)


_B = Tower(768, 12, 12, 3072)
_L = Tower(1024, 24, 16, 4096)
_TEXT_512 = Tower(512, 12, 8, 2048)
_TEXT_768 = Tower(768, 12, 12, 3072)
_TEXT_1024 = Tower(1024, 24, 16, 4096)
PUBLISHED = {
    "ViT-B-32": _published(32, 224, _B, _TEXT_512, 512),
    "ViT-B-32-256": _published(32, 256, _B, _TEXT_512, 512),
    "ViT-B-16": _published(16, 224, _B, _TEXT_512, 512),
    "ViT-B-16-plus-240": _published(16, 240, Tower(896, 12, 14, 3584), Tower(640, 12, 10, 2560), 640),
    "ViT-L-14": _published(14, 224, _L, _TEXT_768, 768),
    "ViT-L-14-336": _published(14, 336, _L, _TEXT_768, 768),
    "ViT-H-14": _published(14, 224, Tower(1280, 32, 16, 5120), _TEXT_1024, 1024),
    "ViT-H-14-378": _published(14, 378, Tower(1280, 32, 16, 5120), _TEXT_1024, 1024),
    "ViT-g-14": _published(14, 224, Tower(1408, 40, 16, 6144), _TEXT_1024, 1024),
    "ViT-bigG-14": _published(14, 224, Tower(1664, 48, 16, 8192), Tower(1280, 32, 20, 5120), 1280),
}
"""By the names that open_clip has for them; the four of OpenAI among them."""
