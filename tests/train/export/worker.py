"""What OpenAI's code and open_clip make of an export: ``python -m tests.train.export.worker REQUEST``.

REQUEST is a JSON file; what comes out is JSON on the last line. Tensors go through files.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
import torch

from negdata.clip.architecture import PUBLISHED
from negdata.train.export.open_clip import architecture_name, model_config
from tests.clip.tiny import PHRASES, pictures
from tests.openclip import openai_clip, ready


def strict(weights: str, out: str) -> dict[str, Any]:
    """Into OpenAI's class, made by its constructor, as the paper's evaluator loads its checkpoints."""
    clip = openai_clip()
    state = torch.load(weights, weights_only=True)
    model = clip.model.CLIP(32, 32, 2, 64, 8, 77, 49408, 64, 1, 2).eval()
    before = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    model.load_state_dict(state)
    _encode(model, clip.clip._transform(32), clip.tokenize, out)
    same = before == {name: tuple(tensor.shape) for name, tensor in state.items()}
    plain = all(type(tensor) is torch.Tensor and tensor.is_contiguous() for tensor in state.values())
    return {"same": same, "plain": plain, "scale": float(model.logit_scale.detach())}


def built(weights: str, out: str) -> list[str]:
    """By OpenAI's ``build_model``, which tells the architecture by the shapes."""
    clip = openai_clip()
    model = clip.model.build_model(torch.load(weights, weights_only=True)).float()
    _encode(model, clip.clip._transform(32), clip.tokenize, out)
    return [type(model).__name__, str(model.dtype)]


def checkpoint(lines: list[str], out: str) -> float:
    """By the lines that an export to open_clip prints."""
    names: dict[str, Any] = {"open_clip": ready()}
    for line in lines:
        exec(line, names)  # our own summary's words
    model = names["model"].eval()
    _encode(model, names["preprocess"], names["open_clip"].get_tokenizer("ViT-B-32"), out)
    return float(model.logit_scale.detach())


def architectures() -> dict[str, str]:
    """What is wrong with the names and configurations of published shapes, as open_clip sees them."""
    open_clip = ready()
    wrong = {}
    for published, shape in PUBLISHED.items():
        for quick in (True, False):
            name = architecture_name(shape, quick=quick)
            theirs = None if name is None else open_clip.get_model_config(name)
            if name is None and (not quick or f"{published}-quickgelu" in open_clip.list_models()):
                wrong[published] = "open_clip has it"
            if name is not None and (theirs is None or bool(theirs.get("quick_gelu")) != quick):
                wrong[published] = f"{name} isn't it"
        with torch.device("meta"):
            model = open_clip.CLIP(**model_config(shape, quick=True))
        given = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
        towers = (model.visual.transformer, model.transformer)
        heads = tuple(tower.resblocks[0].attn.num_heads for tower in towers)
        if given != shape.shapes() or heads != (shape.vision.heads, shape.text.heads):
            wrong[published] = "its configuration makes another model"
    return wrong


def _encode(model: Any, preprocess: Any, tokenize: Any, out: str) -> None:
    with torch.inference_mode():
        images = model.encode_image(torch.stack([preprocess(one) for one in pictures()]))
        texts = model.encode_text(tokenize(PHRASES))
    torch.save([one / one.norm(dim=-1, keepdim=True) for one in (images, texts)], out)


def main(request: Path) -> None:
    """Answers everything that the request asks for."""
    asked = orjson.loads(request.read_bytes())
    answers = {name: [globals()[name](*arguments) for arguments in calls] for name, calls in asked.items()}
    print(orjson.dumps(answers).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
