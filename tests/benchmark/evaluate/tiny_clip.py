"""A CLIP of the transformers library with few random weights, in a folder as people have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
SIDE = 32
START, END = "<|startoftext|>", "<|endoftext|>"


def make_clip(
    folder: Path, *, seed: int, vision: dict[str, Any] | None = None, text: dict[str, Any] | None = None
) -> Path:
    """Writes it; its tokenizer knows single letters and no merges.

    Args:
        folder: where to.
        seed: of the weights.
        vision: what of the vision tower's configuration differs from a small one.
        text: what of the text tower's does.
    """
    import torch
    import transformers
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate([*letters, *(f"{one}</w>" for one in letters), START, END])}
    ends = {"bos_token_id": vocabulary[START], "eos_token_id": vocabulary[END], "pad_token_id": vocabulary[END]}
    torch.manual_seed(seed)
    texts = {**SMALL, "vocab_size": len(vocabulary), **ends, **(text or {})}
    pictures = {**SMALL, "image_size": SIDE, "patch_size": 8, **(vision or {})}
    config = transformers.CLIPConfig(text_config=texts, vision_config=pictures, projection_dim=16)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77).save_pretrained(folder)
    side = pictures["image_size"]
    processor = {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": side},
        "crop_size": {"height": side, "width": side},
        "resample": 3,
        "do_convert_rgb": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")
    return folder
