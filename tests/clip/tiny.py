"""Small dual encoders of the true classes with random weights, in the layouts that published ones have."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import torch
import transformers
from PIL import Image

from negdata.clip.architecture import architecture_of
from negdata.clip.base import DualEncoder
from negdata.clip.bpe import openai_tokenizer
from negdata.clip.openai_layout import to_transformers
from negdata.clip.transformers_model import build
from tests.clip.openai_model import random_openai_clip

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

RESOLUTION = 32
PHRASES = ["a cat", "A dog, no leash.", "two people without umbrellas on a wet street " * 3, "", "no", "parking"]
WORDS = "a the no not without cat dog man woman street umbrella of on".split()


def pictures(count: int = 4, seed: int = 0) -> list[Image.Image]:
    """Smooth ones in several shapes, higher and wider."""
    chance = numpy.random.default_rng(seed)
    made = []
    for number in range(count):
        small = Image.fromarray(chance.integers(0, 256, (5, 5, 3), dtype=numpy.uint8))
        made.append(small.resize((40 + 13 * number, 90 - 11 * number), Image.Resampling.BICUBIC))
    return made


def state_dict(*, quick: bool = True, seed: int = 0) -> dict[str, torch.Tensor]:
    """A small CLIP in OpenAI's layout, with the vocabulary of OpenAI's tokenizer."""
    return dict(random_openai_clip(seed, quick=quick).state_dict())


def clip_folder(folder: Path, tensors: dict[str, torch.Tensor] | None = None, *, quick: bool = True) -> Path:
    """The same weights as ``save_pretrained`` of the transformers library writes them."""
    if tensors is None and quick:
        shutil.copytree(_usual_folder(), folder, dirs_exist_ok=True)
        return folder
    tensors = state_dict() if tensors is None else tensors
    model = build(architecture_of(tensors, "it").config(quick_gelu=quick), to_transformers(tensors), "it")
    model.save_pretrained(folder)
    openai_tokenizer().save_pretrained(folder)
    size = {"shortest_edge": model.config.vision_config.image_size}
    crop = {"height": size["shortest_edge"], "width": size["shortest_edge"]}
    transformers.CLIPImageProcessor(size=size, crop_size=crop).save_pretrained(folder)
    return folder


@cache
def _usual_folder() -> Path:
    """Made once in a process, and removed as it ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return clip_folder(folder, state_dict())


def siglip_folder(folder: Path, seed: int = 0) -> Path:
    """A small SigLIP: a square without a crop, texts of one length, a bias."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.SiglipConfig(
        text_config=shape | {"vocab_size": 64, "max_position_embeddings": 16},
        vision_config=shape | {"image_size": RESOLUTION, "patch_size": 8},
    )
    torch.manual_seed(seed)
    model = transformers.SiglipModel(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.1)
            elif name == "logit_bias":
                weight.fill_(-12.5)
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(["<pad>", "</s>", "<unk>", *WORDS])}, "<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", padding_side="right"
    )
    fast.save_pretrained(folder)
    square = {"height": RESOLUTION, "width": RESOLUTION}
    transformers.SiglipImageProcessor(size=square).save_pretrained(folder)
    return folder


def embeddings(encoder: DualEncoder) -> tuple[Any, Any]:
    """Of the pictures and phrases that every test has."""
    prepared = torch.stack([encoder.prepare(picture) for picture in pictures()])
    return encoder.encode_images(prepared), encoder.encode_texts(PHRASES)


def largest_difference(one: tuple[Any, Any], other: tuple[Any, Any]) -> float:
    """Between two models' embeddings of pictures and of texts."""
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))
