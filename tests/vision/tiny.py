"""Small multimodal models of the real classes, made from nothing: random weights, a tokenizer of our own.

The folders have the layout that the published models have, so AutoModelForImageTextToText, AutoTokenizer and
AutoProcessor load them. AutoProcessor wants torchvision for Qwen2.5-VL: its processor holds a video processor that
can't be made without. `load_processor` does without, and leaves videos out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from negdata.demo.judge.processor import byte_level_tokenizer, llava_processor

QWEN_SPECIAL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|image_pad|>", "<|video_pad|>"),
)

QWEN_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message.role != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message.role + '\n' }}"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}"
    "{% if part.type == 'image' %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{% elif part.type == 'text' %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make_qwen(folder: Path, *, seed: int = 0, size: Literal["tiny", "medium"] = "tiny") -> Path:
    """Writes a Qwen2.5-VL of random weights: a few hundred thousand of them, or about 100 million for speed."""
    import torch
    from transformers import PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_level_tokenizer(QWEN_SPECIAL),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=list(QWEN_SPECIAL[3:]),
        padding_side="left",
    )
    tokenizer.chat_template = QWEN_TEMPLATE
    width, layers, heads, inner = (64, 2, 4, 128) if size == "tiny" else (768, 12, 12, 2304)
    eye_width, eye_layers, eye_heads, eye_inner = (32, 2, 2, 64) if size == "tiny" else (512, 6, 8, 1408)
    half = width // heads // 2
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": width,
            "intermediate_size": inner,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": heads // 2,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1000000.0,
                "mrope_section": [half // 4, half // 2 - half // 8, half - half // 4 - half // 2 + half // 8],
            },
            "bos_token_id": None,
            "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
            "pad_token_id": tokenizer.convert_tokens_to_ids("<|endoftext|>"),
        },
        vision_config={
            "depth": eye_layers,
            "hidden_size": eye_width,
            "intermediate_size": eye_inner,
            "num_heads": eye_heads,
            "out_hidden_size": width,
            "fullatt_block_indexes": [eye_layers - 1],
        },
        image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        video_token_id=tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
        vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_end|>"),
        tie_word_embeddings=True,
    )
    torch.manual_seed(seed)
    Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _write_json(
        folder / "preprocessor_config.json",
        {
            "processor_class": "Qwen2_5_VLProcessor",
            "image_processor_type": "Qwen2VLImageProcessor",
            "min_pixels": 56 * 56,
            "max_pixels": 224 * 224,
            "patch_size": 14,
            "temporal_patch_size": 2,
            "merge_size": 2,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
    )
    return folder


def make_llava(folder: Path, *, seed: int = 0) -> Path:
    """Writes a LLaVA-NeXT of random weights: a small CLIP tower and a small Mistral."""
    import torch
    from transformers import (
        CLIPVisionConfig,
        LlavaNextConfig,
        LlavaNextForConditionalGeneration,
        MistralConfig,
    )

    side, patch = 56, 14
    pinpoints = [[side, 2 * side], [2 * side, side], [2 * side, 2 * side]]
    processor = llava_processor(side=side, patch=patch, pinpoints=pinpoints)
    tokenizer = processor.tokenizer
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=2,
            image_size=side,
            patch_size=patch,
            projection_dim=32,
        ),
        text_config=MistralConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            sliding_window=None,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=pinpoints,
        image_seq_length=(side // patch) ** 2,
    )
    torch.manual_seed(seed)
    LlavaNextForConditionalGeneration(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def load_processor(folder: Path) -> Any:
    """What AutoProcessor loads; the same class without videos where those want torchvision and it is missing."""
    from transformers import AutoConfig, AutoProcessor
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING
    from transformers.utils import is_torchvision_available

    processor = PROCESSOR_MAPPING[type(AutoConfig.from_pretrained(folder))]
    if is_torchvision_available() or "video_processor" not in processor.get_attributes():
        return AutoProcessor.from_pretrained(folder)
    return image_only(processor).from_pretrained(folder)


def image_only(processor: type[Any]) -> type[Any]:
    """The processor class without its video processor: what it holds is read off the names of its arguments."""

    def __init__(  # noqa: N807
        self: Any, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None, **options: Any
    ) -> None:
        processor.__init__(self, image_processor, tokenizer, chat_template=chat_template, **options)

    return type(processor.__name__, (processor,), {"__init__": __init__, "__module__": processor.__module__})


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
