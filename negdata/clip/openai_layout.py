"""The two layouts of CLIP's weights, OpenAI's and that of the transformers library, and the ways between them.

OpenAI's is what its own code, open_clip and the paper's checkpoints have: a projection is a matrix to multiply by, not
a linear layer; queries, keys and values lie in one tensor. Both ways keep every number and its format, so that there
and back is the same state dict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_MATRICES = {"visual.proj": "visual_projection.weight", "text_projection": "text_projection.weight"}
_NAMES = {
    "logit_scale": "logit_scale",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    # The name is spelt so in the transformers library.
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
}
_TOWERS = {
    "transformer.resblocks.": "text_model.encoder.layers.",
    "visual.transformer.resblocks.": "vision_model.encoder.layers.",
}
_BLOCK_NAMES = {
    "attn.out_proj.weight": "self_attn.out_proj.weight",
    "attn.out_proj.bias": "self_attn.out_proj.bias",
    "ln_1.weight": "layer_norm1.weight",
    "ln_1.bias": "layer_norm1.bias",
    "ln_2.weight": "layer_norm2.weight",
    "ln_2.bias": "layer_norm2.bias",
    "mlp.c_fc.weight": "mlp.fc1.weight",
    "mlp.c_fc.bias": "mlp.fc1.bias",
    "mlp.c_proj.weight": "mlp.fc2.weight",
    "mlp.c_proj.bias": "mlp.fc2.bias",
}
_JOINED = {"attn.in_proj_weight": "weight", "attn.in_proj_bias": "bias"}
_PARTS = ("q", "k", "v")

_MATRICES_BACK = {theirs: ours for ours, theirs in _MATRICES.items()}
_NAMES_BACK = {theirs: ours for ours, theirs in _NAMES.items()}
_TOWERS_BACK = {theirs: ours for ours, theirs in _TOWERS.items()}
_BLOCK_NAMES_BACK = {theirs: ours for ours, theirs in _BLOCK_NAMES.items()}
_JOINED_BACK = {kind: ours for ours, kind in _JOINED.items()}
_BLOCK = re.compile(r"((?:visual\.)?transformer\.resblocks\.)(\d+)\.(.+)", re.ASCII)
_LAYER = re.compile(r"((?:text|vision)_model\.encoder\.layers\.)(\d+)\.(.+)", re.ASCII)
_PART = re.compile(r"self_attn\.([qkv])_proj\.(weight|bias)")


def to_transformers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A ViT's state dict in OpenAI's layout as ``transformers.CLIPModel`` has it; KeyError for a foreign name."""
    converted: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if block := _BLOCK.fullmatch(name):
            tower, rest = f"{_TOWERS[block[1]]}{block[2]}.", block[3]
            if rest in _JOINED:
                for part, piece in zip(_PARTS, tensor.chunk(3), strict=True):
                    converted[f"{tower}self_attn.{part}_proj.{_JOINED[rest]}"] = piece
            else:
                converted[tower + _BLOCK_NAMES[rest]] = tensor
        elif name in _MATRICES:
            converted[_MATRICES[name]] = tensor.t()
        else:
            converted[_NAMES[name]] = tensor
    return converted


def to_openai(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of ``to_transformers``; KeyError for a foreign name, or where a part of a tensor is missing."""
    import torch

    converted: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if layer := _LAYER.fullmatch(name):
            tower, rest = f"{_TOWERS_BACK[layer[1]]}{layer[2]}.", layer[3]
            if part := _PART.fullmatch(rest):
                prefix = name.removesuffix(f"{part[1]}_proj.{part[2]}")
                joined = tower + _JOINED_BACK[part[2]]
                if joined not in converted:
                    converted[joined] = torch.cat([tensors[f"{prefix}{one}_proj.{part[2]}"] for one in _PARTS])
            else:
                converted[tower + _BLOCK_NAMES_BACK[rest]] = tensor
        elif name in _MATRICES_BACK:
            converted[_MATRICES_BACK[name]] = tensor.t().contiguous()
        else:
            converted[_NAMES_BACK[name]] = tensor
    return converted
