"""A CLIP as the transformers library's ``CLIPModel``, whatever it was loaded as: what is fine-tuned and passed on."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

from negdata.clip.activation import activation_name
from negdata.clip.architecture import architecture_of
from negdata.clip.bpe import VOCABULARY, openai_tokenization, tokenize
from negdata.clip.encoder import About, TorchEncoder
from negdata.clip.openai_layout import to_transformers
from negdata.clip.tokenization import Tokenization
from negdata.clip.transformers_model import TransformersEncoder, build, sizes
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor

_REMEDY = "Give a CLIP whose towers are both transformers, such as openai/clip-vit-base-patch32."
_TOLERANCE = 5e-3
"""How far apart two embeddings of length 1 may lie. In float32 the same sums differ by a thousandth of that."""
_TRIES = 8


def as_transformers(encoder: TorchEncoder) -> TransformersEncoder:
    """The same model as a ``CLIPModel``; the encoder itself where it is one.

    What is converted is asked the same as the first, since equal names and shapes don't make an equal model: open_clip
    has towers that pool or normalise elsewhere.

    Args:
        encoder: as ``load_dual_encoder`` gives it.

    Raises:
        NegdataError: it is none (SigLIP, a ResNet, a tower of another kind), and can't be written as one.
    """
    if isinstance(encoder, TransformersEncoder):
        kind = encoder.model.config.model_type
        if kind != "clip":
            raise NegdataError(
                f"{encoder.name} is a {type(encoder.model).__name__.removesuffix('Model')}, which learns by another "
                "loss than CLIP's: each pair by itself, with a bias.",
                _REMEDY,
            )
        return encoder
    tensors = {name.removeprefix("text."): tensor for name, tensor in encoder.model.state_dict().items()}
    if "visual.layer1.0.conv1.weight" in tensors:
        raise NegdataError(
            f"{encoder.name} has a ResNet for a vision tower, which the transformers library has no class for.", _REMEDY
        )
    return _converted(encoder, {name: tensor.detach().cpu() for name, tensor in tensors.items()})


def _converted(encoder: TorchEncoder, tensors: dict[str, Tensor]) -> TransformersEncoder:
    if encoder.preprocessing.fit == "pad":
        raise _foreign(encoder, "it pads pictures, which the library's image processor can't")
    try:
        shape = architecture_of(tensors, encoder.name)
    except NegdataError as error:
        raise _foreign(encoder, error.problem.removesuffix(".")) from error
    config = shape.config(quick_gelu=encoder.about.activation == activation_name(True))
    made = TransformersEncoder(
        build(config, to_transformers(tensors), encoder.name),
        about=About(encoder.name, encoder.about.layout, encoder.about.activation, sizes(config)),
        dim=shape.dim,
        preprocessing=encoder.preprocessing,
        tokenization=_tokenization(encoder, shape.vocabulary, shape.context),
        placement=encoder.placement,
    )
    _check_same(encoder, made)
    return made


def _tokenization(encoder: TorchEncoder, vocabulary: int, context: int) -> Tokenization:
    """OpenAI's tokenizer, which is what is written beside the weights, where the encoder's makes the same of texts."""
    if vocabulary != VOCABULARY:
        raise _foreign(encoder, f"its text tower knows {vocabulary:,} tokens, not OpenAI's {VOCABULARY:,}")
    texts = ["", "A dog, no leash & 2 cats.", "isn\u2019t it  caf\u00e9-less?", "two people without umbrellas " * 40]
    theirs = encoder.tokenization.tokenizer(texts)
    if [_up_to_end(row) for row in theirs] != tokenize(texts, context):
        raise _foreign(encoder, "its tokenizer isn't OpenAI's")
    return openai_tokenization(vocabulary, context, encoder.name)


def _up_to_end(row: list[int]) -> list[int]:
    """Without what fills it up."""
    return row[: row.index(VOCABULARY - 1) + 1] if VOCABULARY - 1 in row else row


def _check_same(encoder: TorchEncoder, made: TransformersEncoder) -> None:
    """Raises NegdataError where the two differ in what they make of noise and of nonsense."""
    import torch

    size = encoder.preprocessing.size
    pixels = torch.randn(_TRIES, 3, size, size, generator=torch.Generator().manual_seed(0))
    chance = random.Random(0)
    texts = [" ".join(chance.choices(string.ascii_lowercase, k=2 + 3 * number)) for number in range(_TRIES)]

    def embedded(model: TorchEncoder) -> tuple[Tensor, Tensor]:
        # Not as it is asked otherwise: half precision would hide what differs.
        tokens = model.padded(model.tokens(texts)).to(model.placement.device)
        features = model.image_features(pixels.to(model.placement.device)), model.text_features(tokens)
        images, words = (torch.nn.functional.normalize(one.float(), dim=-1) for one in features)
        return images, words

    with torch.inference_mode():
        pairs = zip(("vision", "text"), embedded(encoder), embedded(made), strict=True)
        for tower, theirs, ours in pairs:
            if not float((theirs - ours).norm(dim=-1).max()) <= _TOLERANCE:  # nor where it is no number
                raise _foreign(encoder, f"its {tower} tower computes something else with the same weights")


def _foreign(encoder: TorchEncoder, why: str) -> NegdataError:
    return NegdataError(f"{encoder.name} can't be written as a CLIP of the transformers library: {why}.", _REMEDY)
