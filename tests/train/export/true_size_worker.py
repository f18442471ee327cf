"""What others' code makes of exports of the true size: ``python -m tests.train.export.true_size_worker FOLDER``.

FOLDER is what ``tests.train.export.true_size`` writes; the embeddings go into it, in ``openai`` and ``open-clip``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from tests.clip.true_size import B32
from tests.openclip import openai_clip, ready
from tests.train.export.true_size import CHECKPOINT, PHRASES, PICKLED, photographs


def openai(folder: Path) -> tuple[Any, Any]:
    """Embeddings of OpenAI's own class, made by its constructor and loaded strictly."""
    clip = openai_clip()
    (wide, deep), (width, layers) = B32["vision"], B32["text"]
    side = B32["side"] * B32["patch"]
    model = clip.model.CLIP(B32["dim"], side, deep, wide, B32["patch"], 77, 49408, width, width // 64, layers).eval()
    model.load_state_dict(torch.load(folder / PICKLED, weights_only=True), strict=True)
    return embedded(model, clip.clip._transform(side), clip.tokenize)


def open_clip(folder: Path) -> tuple[Any, Any]:
    """Embeddings of open_clip's, with its own transform and tokenizer."""
    library = ready()
    name = "ViT-B-32-quickgelu"
    model, _, transform = library.create_model_and_transforms(name, pretrained=str(folder / CHECKPOINT))
    return embedded(model.eval(), transform, library.get_tokenizer(name))


def embedded(model: Any, transform: Any, tokenize: Any) -> tuple[Any, Any]:
    """Of the photographs and phrases, each of length 1."""
    with torch.inference_mode():
        images = model.encode_image(torch.stack([transform(one) for one in photographs()]))
        texts = model.encode_text(tokenize(PHRASES))
    return images / images.norm(dim=-1, keepdim=True), texts / texts.norm(dim=-1, keepdim=True)


def main(folder: Path) -> None:
    """Embeds with both."""
    torch.save(openai(folder), folder / "openai")
    torch.save(open_clip(folder), folder / "open-clip")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
