"""The small multimodal models load as published ones do, and answer a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.vision.tiny import load_processor, make_llava, make_qwen

MAKERS = {"qwen": make_qwen, "llava": make_llava}
QUESTIONS = ("Is there a dog in this image? Answer yes or no.", "Does this image show a traffic light?")


@pytest.fixture(scope="module", params=sorted(MAKERS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MAKERS[request.param](tmp_path_factory.mktemp(request.param))


def _chat(question: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]


def _inputs(processor: Any, questions: tuple[str, ...]) -> Any:
    texts = [processor.apply_chat_template(_chat(question), add_generation_prompt=True) for question in questions]
    images = [[Image.new("RGB", (112, 84 + 28 * row), (40 * row, 90, 200))] for row in range(len(questions))]
    return processor(images=images, text=texts, padding=True, padding_side="left", return_tensors="pt")


def test_a_batch_is_answered(folder: Path) -> None:
    import torch
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    inputs = _inputs(load_processor(folder), QUESTIONS)
    assert inputs["attention_mask"][:, -1].all()
    assert not inputs["attention_mask"].all()
    with torch.inference_mode():
        logits = model(**inputs).logits
    assert logits.shape[:2] == inputs["input_ids"].shape
    assert torch.isfinite(logits).all()
    assert 100_000 < sum(weight.numel() for weight in model.parameters()) < 1_000_000


def test_the_image_reaches_the_answer(folder: Path) -> None:
    import torch
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    processor = load_processor(folder)
    text = processor.apply_chat_template(_chat(QUESTIONS[0]), add_generation_prompt=True)
    with torch.inference_mode():
        dark, light = (
            model(**processor(images=[Image.new("RGB", (112, 112), shade)], text=[text], return_tensors="pt")).logits
            for shade in ("black", "white")
        )
    assert not torch.allclose(dark[:, -1], light[:, -1])


def test_yes_and_no_are_one_token(folder: Path) -> None:
    tokenizer = load_processor(folder).tokenizer
    for spelling in ("yes", "no", "Yes", "No", " yes", " no", " Yes", " No"):
        assert len(tokenizer.encode(spelling, add_special_tokens=False)) == 1, spelling
    assert tokenizer.decode(tokenizer.encode("Un café, 北?", add_special_tokens=False)) == "Un café, 北?"


def test_a_seed_gives_the_same_weights(tmp_path: Path) -> None:
    first, again, other = (make_llava(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    weights = [(folder / "model.safetensors").read_bytes() for folder in (first, again, other)]
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]


def test_the_chat_is_the_published_form(tmp_path: Path) -> None:
    chat = _chat("Is there a dog?")
    qwen = load_processor(make_qwen(tmp_path / "qwen")).apply_chat_template(chat, add_generation_prompt=True)
    llava = load_processor(make_llava(tmp_path / "llava")).apply_chat_template(chat, add_generation_prompt=True)
    assert qwen == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Is there a dog?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert llava == "[INST] <image>\nIs there a dog? [/INST]"
