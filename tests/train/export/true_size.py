"""Exports of a CLIP of the true shape of ViT-B/32, beside the model itself; ``tests.train.true_size`` runs it.

OpenAI's class and open_clip embed the same photographs and phrases with their own transforms and tokenizers. A pipeline
of Stable Diffusion and a CLIPSeg are small and random but for their text tower, which has ViT-B/32's shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.pictures import decode
from negdata.train.export import ExportSettings, export_model
from tests.clip.true_size import COCO, phrases
from tests.openclip import worker

PHRASES = phrases()[:10]
PICKLED, CHECKPOINT = "clip.pt", "open_clip.pt"


@dataclass(frozen=True, slots=True)
class Difference:
    """How far others are from the model.

    Attributes:
        what: whose output it is, and which.
        export: the largest difference from the model's own.
        start: the largest one from the model that the training started from.
    """

    what: str
    export: float
    start: float


def photographs(count: int = 8) -> list[Image.Image]:
    """The first of COCO's."""
    paths = sorted((COCO / "val2017").glob("*.jpg"))[:count]
    return [decode(path.read_bytes(), str(path), max_pixels=10**8) for path in paths]


def embedded(encoder: TorchEncoder) -> tuple[torch.Tensor, torch.Tensor]:
    """The photographs' and phrases' embeddings."""
    prepared = torch.stack([encoder.prepare(one) for one in photographs()])
    return encoder.encode_images(prepared), encoder.encode_texts(PHRASES)


def loaded(model: Path) -> TorchEncoder:
    """A CLIP as every command of negdata loads it."""
    encoder = load_dual_encoder(str(model), device="cpu", dtype="float32")
    assert isinstance(encoder, TorchEncoder)
    return encoder


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference."""
    return float((one - other).abs().max())


def export_differences(model: Path, start: Path, tensors: dict[str, torch.Tensor], folder: Path) -> list[Difference]:
    """Exports the model in every way.

    Args:
        model: a trained CLIP.
        start: what it was trained from; ``tensors`` is the same in OpenAI's layout.
        folder: where exports and bases go.
    """
    found = _files(model, start, folder)
    transformers.utils.logging.set_verbosity_error()
    return [*found, *_pipeline(model, start, tensors, folder), *_clipseg(model, start, tensors, folder)]


def _exported(model: Path, to: str, out: Path, base: Path | None = None) -> Path:
    export_model(ExportSettings(model=str(model), to=to, out=out, base=base))
    return out


def _files(model: Path, start: Path, folder: Path) -> list[Difference]:
    _exported(model, "openai", folder / PICKLED)
    _exported(model, "open-clip", folder / CHECKPOINT)
    worker("tests.train.export.true_size_worker", folder, timeout=900)
    wanted, before = embedded(loaded(model)), embedded(loaded(start))
    found = []
    for name in ("openai", "open-clip"):
        images, texts = torch.load(folder / name, weights_only=True)
        found.append(Difference(f"{name}: images", apart(images, wanted[0]), apart(images, before[0])))
        found.append(Difference(f"{name}: texts", apart(texts, wanted[1]), apart(texts, before[1])))
    return found


def _pipeline(model: Path, start: Path, tensors: dict[str, torch.Tensor], folder: Path) -> list[Difference]:
    import diffusers

    from tests.train.export.bases import stable_diffusion

    diffusers.utils.logging.disable_progress_bar()
    base = stable_diffusion(folder / "stable-diffusion", tensors)
    out = _exported(model, "diffusers", folder / "stable-diffusion-exported", base)
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(out)
    padded = pipeline.tokenizer(PHRASES, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    ids = padded["input_ids"]
    with torch.inference_mode():
        said = pipeline.text_encoder(ids)
        wanted, before = (_tower(one)(ids) for one in (model, start))
        pipeline.set_progress_bar_config(disable=True)
        drawn = pipeline(PHRASES[1], num_inference_steps=1, output_type="np").images[0]
    assert drawn.ndim == 3
    return [
        Difference(f"diffusers: {name}", apart(said[name], wanted[name]), apart(said[name], before[name]))
        for name in ("last_hidden_state", "pooler_output")
    ]


def _tower(model: Path) -> Any:
    """The text tower through the transformers library alone."""
    return transformers.CLIPModel.from_pretrained(model).eval().text_model


def _clipseg(model: Path, start: Path, tensors: dict[str, torch.Tensor], folder: Path) -> list[Difference]:
    from tests.train.export.bases import clipseg

    base = clipseg(folder / "clipseg", tensors)
    out = _exported(model, "clipseg", folder / "clipseg-exported", base)
    made = transformers.CLIPSegForImageSegmentation.from_pretrained(out).eval()
    processor = transformers.CLIPSegProcessor.from_pretrained(out)
    pictures = photographs()
    asked = [PHRASES[place % len(PHRASES)] for place in range(len(pictures))]
    texts = processor(text=PHRASES, padding=True, return_tensors="pt")
    inputs = processor(text=asked, images=pictures, padding=True, return_tensors="pt")
    with torch.inference_mode():
        said = made.clip.get_text_features(**texts)
        said = said if isinstance(said, torch.Tensor) else said.pooler_output
        features = [_features(one, PHRASES) for one in (model, start)]
        masks = made(**inputs).logits
        by_hand = [
            made(pixel_values=inputs["pixel_values"], conditional_embeddings=_features(one, asked)).logits
            for one in (model, start)
        ]
    return [
        Difference("clipseg: texts", apart(said, features[0]), apart(said, features[1])),
        Difference("clipseg: masks", apart(masks, by_hand[0]), apart(masks, by_hand[1])),
    ]


def _features(model: Path, asked: list[str]) -> torch.Tensor:
    """The texts' embeddings as the projection gives them, of any length."""
    encoder = loaded(model)
    return encoder.text_features(encoder.padded(encoder.tokens(asked)))
