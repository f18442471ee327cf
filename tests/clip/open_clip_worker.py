"""What open_clip makes of things, run in a process that has it: ``python -m tests.clip.open_clip_worker REQUEST``.

REQUEST is a JSON file; what comes out is JSON on the last line. Tensors go through files.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
import torch

from negdata.clip import load_dual_encoder
from negdata.clip.architecture import PUBLISHED
from negdata.clip.as_transformers import as_transformers
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.train.model_folder import write_model_folder
from tests.clip.tiny import PHRASES, embeddings, pictures
from tests.openclip import ready


def architectures(folder: str) -> None:
    """Makes small architectures known to open_clip by name."""
    import open_clip

    open_clip.add_model_config(Path(folder))


def tokens(texts: list[str]) -> list[list[int]]:
    """By open_clip's own tokenizer, up to the end of each text."""
    from open_clip.tokenizer import SimpleTokenizer

    tokenizer = SimpleTokenizer()
    rows = tokenizer(texts).tolist()
    return [row[: row.index(tokenizer.eot_token_id) + 1] for row in rows]


def embedded(spec: str, out: str, options: dict[str, Any]) -> dict[str, Any]:
    """A model through negdata: its embeddings in a file, and what it says of itself."""
    encoder = load_dual_encoder(spec, device="cpu", **options)
    assert isinstance(encoder, TorchEncoder)
    torch.save(embeddings(encoder), out)
    said = {"identity": encoder.identity(), "scale": encoder.scale, "bias": encoder.bias, "dim": encoder.dim}
    return said | {
        "lengths": encoder.whole_lengths(["dog " * 200, "a cat", ""]),
        "context": encoder.tokenization.context,
    }


def alone(checkpoint: str, quick: bool, out: str) -> None:
    """The same weights through nothing but open_clip, in its own class with its own transform and tokenizer."""
    import open_clip
    from open_clip.transform import PreprocessCfg, image_transform_v2

    state = torch.load(checkpoint, weights_only=True)
    side = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8}
    text = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2}
    model = open_clip.CLIP(embed_dim=32, vision_cfg=side, text_cfg=text, quick_gelu=quick).eval()
    model.load_state_dict(state)
    transform = image_transform_v2(PreprocessCfg(size=32), is_train=False)
    with torch.inference_mode():
        images = model.encode_image(torch.stack([transform(one) for one in pictures()]), normalize=True)
        texts = model.encode_text(open_clip.get_tokenizer("ViT-B-32")(PHRASES), normalize=True)
    torch.save((images, texts), out)


def resnet(config: str, weights: str, out: str) -> None:
    """A CLIP of open_clip with a ResNet and random weights: the weights, and its embeddings."""
    import open_clip
    from open_clip.transform import PreprocessCfg, image_transform_v2

    torch.manual_seed(0)
    described = orjson.loads(Path(config).read_bytes())
    model = open_clip.CLIP(**described)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # Its own start has the last normalisation of every block at nothing.
            if name.endswith("bn3.weight"):
                weight.uniform_(0.5, 1.5)
        model.train().encode_image(torch.randn(8, 3, 64, 64))  # moves the running means
    torch.save(model.eval().state_dict(), weights)
    transform = image_transform_v2(PreprocessCfg(size=64), is_train=False)
    with torch.inference_mode():
        images = model.encode_image(torch.stack([transform(one) for one in pictures()]), normalize=True)
        texts = model.encode_text(open_clip.get_tokenizer("ViT-B-32")(PHRASES), normalize=True)
    torch.save((images, texts), out)


def refusal(spec: str, options: dict[str, Any]) -> str:
    """What negdata says of a name that it doesn't take."""
    try:
        load_dual_encoder(spec, device="cpu", **options)
    except NegdataError as error:
        return str(error)
    return ""


def passed_on(spec: str, folder: str, out: str, options: dict[str, Any]) -> str:
    """A model as a folder of the transformers library, and its embeddings before that; or why it can't be one."""
    encoder = load_dual_encoder(spec, device="cpu", **options)
    assert isinstance(encoder, TorchEncoder)
    torch.save(embeddings(encoder), out)
    try:
        write_model_folder(as_transformers(encoder), Path(folder), source=spec)
    except NegdataError as error:
        return str(error)
    return ""


def transforms(modes: list[str]) -> dict[str, float]:
    """The largest difference between open_clip's transform and our preparation, by its way to resize."""
    from open_clip.transform import PreprocessCfg, image_transform_v2

    from negdata.clip.openclip import preprocessing_of

    found = {}
    for mode in modes:
        said = {"resize_mode": mode, "mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.25), "fill_color": 100}
        theirs = image_transform_v2(PreprocessCfg(size=32, **said), is_train=False)
        ours = preprocessing_of("it", said, 32)
        shapes = [(wide, high) for wide in range(20, 60, 3) for high in (25, 33, 64)]
        shown = [pictures(1, seed)[0].resize(shape) for seed, shape in enumerate(shapes)]
        found[mode] = max(float((theirs(one) - ours(one)).abs().max()) for one in shown)
    return found


def published() -> dict[str, bool]:
    """Whether open_clip's own architectures have the shapes that we know them by."""
    import open_clip

    same = {}
    for name, shape in PUBLISHED.items():
        config = open_clip.get_model_config(name)
        with torch.device("meta"):
            state = open_clip.CLIP(**config).state_dict()
        heads = config["vision_cfg"]["width"] // config["vision_cfg"].get("head_width", 64)
        given = {key: tuple(tensor.shape) for key, tensor in state.items()}
        same[name] = given == shape.shapes() and heads == shape.vision.heads
        same[name] &= config["text_cfg"]["heads"] == shape.text.heads
    return same


def main(request: Path) -> None:
    """Answers everything that the request asks for."""
    ready()
    asked = orjson.loads(request.read_bytes())
    answers = {name: [globals()[name](*arguments) for arguments in calls] for name, calls in asked.items()}
    print(orjson.dumps(answers).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
