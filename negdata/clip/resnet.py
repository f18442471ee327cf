"""OpenAI's CLIPs with a ResNet for a vision tower: open_clip has the class, the transformers library hasn't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negdata.clip.activation import Evidence, activation_name, settled
from negdata.clip.architecture import grid_side, plain_name, shape_of
from negdata.clip.bpe import openai_tokenization
from negdata.clip.encoder import About, Placement
from negdata.clip.openclip import OpenClipEncoder, load_weights, make_model, require_open_clip
from negdata.clip.preprocessing import Preprocessing
from negdata.errors import NegdataError, unknown_name

if TYPE_CHECKING:
    from torch import Tensor

_STRIDE = 32
_HEAD_WIDTH = 64
# Blocks of the four stages, and the width of the first.
_NAMES = {
    "RN50": ((3, 4, 6, 3), 64),
    "RN101": ((3, 4, 23, 3), 64),
    "RN50x4": ((4, 6, 10, 6), 80),
    "RN50x16": ((6, 8, 18, 8), 96),
    "RN50x64": ((3, 15, 36, 10), 128),
}


def load_resnet(
    name: str,
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    placement: Placement,
    letterbox: bool,
    architecture: str | None,
    evidence: Sequence[Evidence],
) -> OpenClipEncoder:
    """The CLIP with a ResNet whose weights these are.

    Raises:
        NegdataError: open_clip is not installed, the weights aren't whole, or nothing says which activation they have.
    """
    require_open_clip()
    quick = settled(evidence, str(path))
    config = _config(tensors, str(path)) | {"quick_gelu": quick}
    shape = (tuple(config["vision_cfg"]["layers"]), config["vision_cfg"]["width"])
    if architecture is not None:
        plain = plain_name(architecture)
        if plain not in _NAMES:
            raise unknown_name("architecture of a ResNet", plain, _NAMES)
        if _NAMES[plain] != shape:
            raise NegdataError(
                f"{path} has stages of {shape[0]} blocks and a width of {shape[1]}, which aren't those of {plain}.",
                "Leave --architecture out.",
            )
    text = config["text_cfg"]
    tokenization = openai_tokenization(text["vocab_size"], text["context_length"], str(path), full=True)
    model = make_model(config)
    load_weights(model, tensors, str(path))
    preprocessing = Preprocessing(config["vision_cfg"]["image_size"])
    known = next((one for one, theirs in _NAMES.items() if theirs == shape), None)
    return OpenClipEncoder(
        model,
        about=About(name, "openai", activation_name(quick), {"kind": "resnet", "name": known, **config}),
        dim=config["embed_dim"],
        preprocessing=preprocessing.letterboxed() if letterbox else preprocessing,
        tokenization=tokenization,
        placement=placement,
    )


def _config(tensors: Mapping[str, Tensor], where: str) -> dict[str, Any]:
    """What open_clip's class is made with, told by the shapes."""
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    context, text_width = shape_of(shapes, "positional_embedding", 2, where)
    positions = shape_of(shapes, "visual.attnpool.positional_embedding", 2, where)[0]
    return {
        "embed_dim": shape_of(shapes, "text_projection", 2, where)[1],
        "vision_cfg": {
            "layers": [_count(shapes, f"visual.layer{stage}.") for stage in (1, 2, 3, 4)],
            "width": shape_of(shapes, "visual.layer1.0.conv1.weight", 4, where)[0],
            "image_size": _STRIDE * grid_side(positions, where),
            "patch_size": None,
        },
        "text_cfg": {
            "context_length": context,
            "vocab_size": shape_of(shapes, "token_embedding.weight", 2, where)[0],
            "width": text_width,
            "heads": max(1, text_width // _HEAD_WIDTH),
            "layers": _count(shapes, "transformer.resblocks."),
        },
    }


def _count(shapes: Mapping[str, object], prefix: str) -> int:
    return len({name[len(prefix) :].split(".", 1)[0] for name in shapes if name.startswith(prefix)})
