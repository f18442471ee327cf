"""Models of the transformers library as dual encoders, and how weights become one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from negdata.clip.architecture import compare
from negdata.clip.encoder import TorchEncoder
from negdata.clip.model_files import FETCH_AGAIN, loaded
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor

CLASSES = {"clip": "CLIPModel", "siglip": "SiglipModel"}
"""By the model_type of their config."""
_MOST_LAYERS = 1000


class TransformersEncoder(TorchEncoder):
    """A ``CLIPModel`` or ``SiglipModel``, wherever its weights came from."""

    def image_features(self, pixels: Tensor) -> Tensor:
        return _pooled(self.model.get_image_features(pixel_values=pixels))

    def text_features(self, tokens: Tensor) -> Tensor:
        # Without a mask: CLIP's attention looks back alone and its answer is taken at a text's end, so that what
        # follows changes nothing; SigLIP was trained to see its padding.
        return _pooled(self.model.get_text_features(input_ids=tokens))


def build(config: Any, tensors: Mapping[str, Tensor], where: str) -> Any:
    """A model of the transformers library with these weights, copied and in float32.

    Raises:
        NegdataError: tensors are missing or unexpected, or their shapes aren't the config's.
    """
    import torch
    import transformers

    layers = config.text_config.num_hidden_layers + config.vision_config.num_hidden_layers
    if layers > _MOST_LAYERS:
        raise NegdataError(f"The config of {where} names {layers:,} layers.", FETCH_AGAIN)
    # Without memory, until the weights are known to fit.
    with torch.device("meta"):
        model = loaded(f"The config of {where}", lambda: getattr(transformers, CLASSES[config.model_type])(config))
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    given = {name: _like(tensor, wanted.get(name)) for name, tensor in tensors.items()}
    compare(wanted, {name: tuple(tensor.shape) for name, tensor in given.items()}, where)
    exact = {name: tensor.to(torch.float32, copy=True) for name, tensor in given.items()}
    model.load_state_dict(exact, assign=True)
    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            assert name == "position_ids", f"{name} isn't among the weights"
            setattr(module, name, torch.arange(buffer.shape[-1]).expand((1, -1)))
    return model


def sizes(config: Any) -> dict[str, JsonValue]:
    """What a manifest says of a model's shape; a tower is its width, layers and heads."""
    text, vision = config.text_config, config.vision_config
    return {
        "kind": config.model_type,
        "resolution": vision.image_size,
        "patch": vision.patch_size,
        "vision": [vision.hidden_size, vision.num_hidden_layers, vision.num_attention_heads],
        "text": [text.hidden_size, text.num_hidden_layers, text.num_attention_heads],
        "context": text.max_position_embeddings,
    }


def _like(tensor: Tensor, shape: tuple[int, ...] | None) -> Tensor:
    """A scale is one number in one layout, and a row of one number in another."""
    return tensor.reshape(shape) if shape is not None and tensor.numel() == 1 == math.prod(shape) else tensor


def _pooled(output: Any) -> Tensor:
    # Before version 5, the transformers library gave the embedding itself.
    embedding: Tensor = getattr(output, "pooler_output", output)
    return embedding
