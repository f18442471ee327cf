"""Small pipelines and a small CLIPSeg of the true classes with random weights, whose text encoder is a small CLIP's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import save_file

from negdata.clip.architecture import architecture_of
from negdata.clip.bpe import openai_tokenizer
from negdata.clip.checkpoint import QUICK_GELU
from negdata.clip.openai_layout import to_transformers
from tests.clip.tiny import state_dict

DRIFT = 0.01
Tensors = dict[str, torch.Tensor]


def fine_tuned(start: int = 0) -> dict[str, torch.Tensor]:
    """The CLIP that the bases' text encoder comes from, a little further on in its text tower."""
    chance = torch.Generator().manual_seed(start + 1)
    moved = dict(state_dict(seed=start))
    for name, tensor in moved.items():
        if not name.startswith("visual.") and tensor.ndim:
            moved[name] = tensor + DRIFT * torch.randn(tensor.shape, generator=chance)
    return moved


def weights_file(path: Path) -> Path:
    """The same as a file that says its activation: it is read faster than a folder, whose tokenizer takes a second."""
    save_file(fine_tuned(), path, metadata={QUICK_GELU: "true"})
    return path


def text_config(tensors: Tensors | None = None, **changes: Any) -> Any:
    """Of the text tower of a CLIP in OpenAI's layout; None: of the small CLIPs."""
    tensors = state_dict() if tensors is None else tensors
    config = architecture_of(tensors, "it").config(quick_gelu=True).text_config.to_dict()
    return transformers.CLIPTextConfig(**{**config, **changes})


def text_encoder(kind: str = "CLIPTextModel", seed: int = 0, tensors: Tensors | None = None, **changes: Any) -> Any:
    """A text encoder with the weights of a small CLIP, or another one's, as many of them as it has room for."""
    tensors = state_dict(seed=seed) if tensors is None else tensors
    model = getattr(transformers, kind)(text_config(tensors, **changes)).eval()
    weights = {name.removeprefix("text_model."): tensor for name, tensor in to_transformers(tensors).items()}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            given = weights[name.removeprefix("text_model.")]
            if given.shape == weight.shape:
                weight.copy_(given)
    return model


def stable_diffusion(folder: Path, tensors: Tensors | None = None, **changes: Any) -> Path:
    """A pipeline of Stable Diffusion 1, or 2 where its text encoder has a layer less than the CLIP."""
    import diffusers

    torch.manual_seed(0)
    encoder = text_encoder(tensors=tensors, **changes)
    diffusers.StableDiffusionPipeline(
        vae=_vae(),
        unet=_unet(encoder.config.hidden_size),
        text_encoder=encoder,
        tokenizer=openai_tokenizer(),
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


def stable_diffusion_xl(folder: Path, first: int = 32, dim: int = 32) -> Path:
    """A pipeline of Stable Diffusion XL; the CLIP fits its second text encoder, and a first one 64 wide."""
    import diffusers

    torch.manual_seed(0)
    diffusers.StableDiffusionXLPipeline(
        vae=_vae(),
        unet=_unet(
            first + 64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + dim,
            transformer_layers_per_block=1,
        ),
        text_encoder=text_encoder(hidden_size=first, intermediate_size=4 * first),
        text_encoder_2=text_encoder("CLIPTextModelWithProjection", projection_dim=dim, eos_token_id=2),
        tokenizer=openai_tokenizer(),
        tokenizer_2=openai_tokenizer(),
        scheduler=diffusers.EulerDiscreteScheduler(),
    ).save_pretrained(folder)
    return folder


def clipseg(folder: Path, tensors: Tensors | None = None) -> Path:
    """A CLIPSeg with its processor, and the text tower of a small CLIP, or another one's."""
    tensors = state_dict() if tensors is None else tensors
    torch.manual_seed(0)
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2}
    config = transformers.CLIPSegConfig(
        text_config=text_config(tensors).to_dict(),
        vision_config=tower | {"image_size": 32, "patch_size": 8},
        projection_dim=architecture_of(tensors, "it").dim,
        reduce_dim=16,
        extract_layers=[0, 1, 2],
        decoder_num_attention_heads=2,
        decoder_intermediate_size=32,
    )
    model = transformers.CLIPSegForImageSegmentation(config).eval()
    weights = to_transformers(tensors)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1 and weight.std() < 0.05:  # or every picture is grey
                weight.normal_(0, 0.1)
            if name.startswith(("clip.text_model.", "clip.text_projection.")):
                weight.copy_(weights[name.removeprefix("clip.")])
    model.save_pretrained(folder)
    openai_tokenizer().save_pretrained(folder)
    size = {"height": 32, "width": 32}
    transformers.ViTImageProcessor(size=size).save_pretrained(folder)
    return folder


def _unet(context: int, **options: Any) -> Any:
    import diffusers

    return diffusers.UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=context,
        norm_num_groups=2,
        attention_head_dim=4,
        **options,
    )


def _vae() -> Any:
    import diffusers

    return diffusers.AutoencoderKL(
        block_out_channels=[4, 8],
        down_block_types=["DownEncoderBlock2D", "DownEncoderBlock2D"],
        up_block_types=["UpDecoderBlock2D", "UpDecoderBlock2D"],
        latent_channels=4,
        norm_num_groups=2,
        sample_size=16,
    )
