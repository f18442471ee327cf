"""Multimodal models and questions for their tests, and what the library itself makes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from negdata.backends.base import Message, Reply, Request, Sampling
from negdata.backends.vision import VisionBackend
from negdata.backends.vision_check import largest_difference
from negdata.backends.vision_reading import Reading
from tests.vision.tiny import load_processor

QUESTIONS = (
    "Is there a dog?",
    "Does this image show a cat? Answer yes or no.",
    "Can you see an umbrella anywhere in the picture? Answer with one word: yes or no.",
    "Is a bicycle visible?",
    "Is a kite visible in this photo, behind the big tree or on the left of it? Answer Yes or No.",
)
SIZES = ((64, 64), (100, 60), (60, 120), (200, 150), (56, 57), (90, 90), (64, 64))
PROMPTS = {
    "qwen": "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    "<|vision_start|><|image_pad|><|vision_end|>{}<|im_end|>\n<|im_start|>assistant\n",
    "llava": "[INST] <image>\n{} [/INST]",
}


def sharpened(folder: Path) -> Path:
    """Weights as large as it takes for answers that depend on the question and on the image."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    for name, weight in weights.items():
        weights[name] = weight * (20 if "embed_tokens" in name or "lm_head" in name else 8 if weight.ndim > 1 else 1)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def drawn(width: int, height: int, shade: int) -> Image.Image:
    gradient = Image.linear_gradient("L").resize((width, height)).rotate(30 * shade)
    return Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.FLIP_LEFT_RIGHT), gradient.rotate(90)))


def encoded(image: Image.Image, kind: str = "PPM") -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def asking(question: str, *images: bytes, system: str | None = None) -> Request:
    before = (Message("system", system),) if system is not None else ()
    messages = (*before, Message("user", question))
    return Request("judge", "judge@000000", {}, messages, None, Sampling(), 0, images, ("yes", "no"))


def every_request() -> list[Request]:
    """Five questions of different lengths about each of seven images, of which the first and the last differ."""
    images = [encoded(drawn(*size, shade)) for shade, size in enumerate(SIZES)]
    return [asking(question, image) for image in images for question in QUESTIONS]


def library_masses(folder: Path, requests: Sequence[Request]) -> list[tuple[float, ...]]:
    """The probabilities of yes and no by the library alone: whole prompts, one after another."""
    import torch
    from transformers import AutoModelForImageTextToText

    network = AutoModelForImageTextToText.from_pretrained(folder).eval()
    processor = load_processor(folder)
    said = [processor.tokenizer.decode([token]).strip().lower() for token in range(len(processor.tokenizer))]
    answers = [[token for token, text in enumerate(said) if text == answer] for answer in ("yes", "no")]
    assert all(len(tokens) >= 4 for tokens in answers)
    told = []
    for request in requests:
        image = Image.open(BytesIO(request.images[0]))
        text = PROMPTS[folder.name].format(request.messages[-1].content)
        with torch.inference_mode():
            logits = network(**processor(images=[image], text=[text], return_tensors="pt")).logits
        likely = logits[0, -1].softmax(-1)
        told.append(tuple(float(likely[tokens].sum()) for tokens in answers))
    return told


async def _outcomes(backend: VisionBackend, requests: Sequence[Request]) -> list[Reply | BaseException]:
    try:
        await backend.ready()
        return await asyncio.gather(*(backend.chat(request) for request in requests), return_exceptions=True)
    finally:
        await backend.close()


def ask(backend: VisionBackend, requests: Sequence[Request]) -> list[Reply | BaseException]:
    return asyncio.run(_outcomes(backend, requests))


def masses_of(outcomes: Sequence[Reply | BaseException]) -> list[tuple[float, ...]]:
    masses = []
    for outcome in outcomes:
        assert isinstance(outcome, Reply), outcome
        assert outcome.masses is not None
        masses.append(outcome.masses)
    return masses


def difference(some: Sequence[tuple[float, ...]], others: Sequence[tuple[float, ...]]) -> float:
    """The largest of any probability, and of the share that yes has in yes and no."""
    assert len(some) == len(others)
    return largest_difference([Reading(masses, 0) for masses in some], [Reading(masses, 0) for masses in others])
