"""The model that training starts from: random weights, with a head start where chance would be slow."""

from __future__ import annotations

from typing import Any

from PIL import Image

from negdata.demo.judge.processor import llava_processor
from negdata.demo.scene import Scene

RESOLUTION, PATCH = 112, 16
CELLS = RESOLUTION // PATCH
WIDTH = 128


def build(seed: int) -> tuple[Any, Any]:
    """The untrained model and its processor."""
    import torch
    from transformers import CLIPVisionConfig, LlavaNextConfig, LlavaNextForConditionalGeneration, MistralConfig

    processor = llava_processor(side=RESOLUTION, patch=PATCH, pinpoints=[[RESOLUTION, RESOLUTION]])
    tokenizer = processor.tokenizer
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=4,
            num_attention_heads=4,
            image_size=RESOLUTION,
            patch_size=PATCH,
            projection_dim=WIDTH,
        ),
        text_config=MistralConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=1024,
            sliding_window=None,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            tie_word_embeddings=True,
            initializer_range=0.05,
            # So slow a rotation leaves most of a word's meaning comparable across the whole chat.
            rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=[[RESOLUTION, RESOLUTION]],
        image_seq_length=CELLS * CELLS,
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    torch.manual_seed(seed)
    return LlavaNextForConditionalGeneration(config), processor


def whiten(model: Any, drawn: list[Scene]) -> None:
    """Starts the tower from patches without their correlations: it would else see little but how bright they are."""
    import torch

    pixels = pixels_of(drawn)
    patches = pixels.view(-1, 3, CELLS, PATCH, CELLS, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(-1, 3 * PATCH * PATCH)
    mean = patches.mean(0)
    centered = patches - mean
    power, directions = torch.linalg.eigh(centered.T @ centered / len(centered))
    filters = (directions[:, -WIDTH:] / (power[-WIDTH:] + 0.3).sqrt()).T
    filters = torch.linalg.qr(torch.randn(WIDTH, WIDTH))[0] @ filters
    embeddings = model.model.vision_tower.embeddings
    with torch.no_grad():
        embeddings.patch_embedding.weight.copy_(filters.view(WIDTH, 3, PATCH, PATCH))
        embeddings.position_embedding.weight[1:] -= filters @ mean


def attend_to_likeness(model: Any) -> None:
    """Starts the language model's attention at what resembles the asking word, which it would be long in finding."""
    import torch

    with torch.no_grad():
        for layer in model.model.language_model.layers:
            torch.nn.init.orthogonal_(layer.self_attn.q_proj.weight)
            layer.self_attn.k_proj.weight.copy_(layer.self_attn.q_proj.weight)


def pixels_of(drawn: list[Scene]) -> Any:
    """The scenes as the processor gives them to the tower."""
    import numpy
    import torch
    from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

    stacked = torch.from_numpy(numpy.stack([numpy.asarray(_seen(scene)) for scene in drawn]))
    scaled = stacked.permute(0, 3, 1, 2).float() / 255
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (OPENAI_CLIP_MEAN, OPENAI_CLIP_STD))
    return (scaled - mean) / deviation


def see(model: Any, pixels: Any) -> Any:
    """The image's features, patch by patch, as the language model gets them."""
    inner = model.model
    return inner.multi_modal_projector(inner.vision_tower(pixels, output_hidden_states=True).hidden_states[-1][:, 1:])


def _seen(scene: Scene) -> Image.Image:
    return scene.image().resize((RESOLUTION, RESOLUTION), Image.Resampling.BICUBIC)
