"""Models of open_clip, by its own names: ``open_clip:ARCH/PRETRAINED``.

open_clip says what the model is, how it wants its pictures and texts, and where its weights are. They are read by our
own reader, so that no pickle is trusted, and the activation is checked against what is known of them: open_clip itself
loads weights that were trained with QuickGELU into a model without it, and prints a warning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from negdata.clip.activation import activation_name
from negdata.clip.architecture import compare
from negdata.clip.checkpoint import check_numbers
from negdata.clip.encoder import About, Placement, TorchEncoder
from negdata.clip.model_files import first_line, loaded
from negdata.clip.openclip_names import Found, find, is_quick
from negdata.clip.preprocessing import Fit, Preprocessing
from negdata.clip.tokenization import Tokenization
from negdata.clip.transformers_processor import checked
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor

_FITS: dict[str, Fit] = {"shortest": "crop", "squash": "squash", "longest": "pad"}


class OpenClipEncoder(TorchEncoder):
    """A model of open_clip's classes."""

    def image_features(self, pixels: Tensor) -> Tensor:
        features: Tensor = self.model.encode_image(pixels)
        return features

    def text_features(self, tokens: Tensor) -> Tensor:
        features: Tensor = self.model.encode_text(tokens)
        return features


def load_open_clip(name: str, *, placement: Placement, letterbox: bool, quick_gelu: bool | None) -> OpenClipEncoder:
    """The model of an ``open_clip:`` name: ``ARCH/TAG``, ``ARCH/path/to/checkpoint`` or ``hf-hub:org/name``.

    Raises:
        NegdataError: open_clip is not installed or has no such model, or its weights want another activation.
    """
    require_open_clip()
    found = find(name, quick_gelu)
    model = loaded(f"The model {name}", lambda: make_model(found.config))
    checkpoint = found.weights()
    load_weights(model, checkpoint.tensors, str(checkpoint.path), published=found.published)
    preprocessing = preprocessing_of(name, found.preprocess, model.visual.image_size)
    return OpenClipEncoder(
        model,
        about=About(name, "open_clip", activation_name(is_quick(found.config)), _description(found.config)),
        dim=found.config["embed_dim"],
        preprocessing=preprocessing.letterboxed() if letterbox else preprocessing,
        tokenization=_tokenization(name, found, model),
        placement=placement,
    )


def require_open_clip() -> None:
    """Raises NegdataError where open_clip is not installed, doesn't fit what is, or doesn't know its weights."""
    try:
        from open_clip import pretrained
    except ImportError as error:
        raise NegdataError(f"{error.name} is not installed.", 'Run: pip install "negdata[openclip]"') from error
    except Exception as error:  # a torchvision that was built for another torch fails at its operators
        raise NegdataError(
            f"open_clip can't be imported: {first_line(error)}.",
            "Install the torchvision that belongs to this torch, from the same index.",
        ) from error
    # Before 2.32 it didn't say which of its weights were trained with QuickGELU.
    if not pretrained.get_pretrained_cfg("ViT-B-32", "openai").get("quick_gelu"):
        raise NegdataError(
            "This open_clip is too old to say which of its weights want QuickGELU.",
            'Run: pip install -U "negdata[openclip]"',
        )


def make_model(config: Mapping[str, Any]) -> Any:
    """A model of open_clip with random weights; nothing is fetched for its towers."""
    import open_clip

    made = deepcopy(dict(config))
    custom = made.pop("custom_text", False) or "hf_model_name" in made["text_cfg"]
    if "timm_model_name" in made["vision_cfg"]:
        made["vision_cfg"]["timm_model_pretrained"] = False
    if "hf_model_name" in made["text_cfg"]:
        made["text_cfg"]["hf_model_pretrained"] = False
    kind = open_clip.CLIP
    if custom:
        kind = open_clip.CoCa if "multimodal_cfg" in made else open_clip.CustomTextCLIP
    return kind(**made)


def load_weights(model: Any, tensors: Mapping[str, Tensor], where: str, *, published: bool = False) -> None:
    """Puts weights into a model of open_clip.

    Args:
        published: let open_clip fit them in as it does with its own: some are of another resolution.

    Raises:
        NegdataError: tensors are missing or unexpected, of the wrong shape, or not finite.
    """
    from open_clip import convert
    from open_clip import model as of_open_clip

    given = dict(tensors)
    if "positional_embedding" in given and not hasattr(model, "positional_embedding"):
        given = of_open_clip.convert_to_custom_text_state_dict(given)
    if published:
        given = convert.convert_state_dict(model, given)
        of_open_clip.resize_pos_embed(given, model)
        of_open_clip.resize_text_pos_embed(given, model)
    wanted = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    given = {
        key: tensor.reshape(wanted[key]) if tensor.numel() == 1 and key in wanted else tensor
        for key, tensor in given.items()
    }
    compare(wanted, {key: tuple(tensor.shape) for key, tensor in given.items()}, where)
    counts = {key for key in given if key.endswith("num_batches_tracked")}
    check_numbers({key: tensor for key, tensor in given.items() if key not in counts}, where)
    model.load_state_dict(given)


def preprocessing_of(name: str, preprocess: Mapping[str, Any], size: Any) -> Preprocessing:
    """How open_clip prepares pictures for a model, by its configuration; raises NegdataError for one that isn't known.

    Args:
        name: the model, for errors.
        preprocess: what differs from open_clip's defaults.
        size: what its vision tower takes.
    """
    from open_clip.transform import PreprocessCfg

    said = vars(PreprocessCfg())
    said |= {key: value for key, value in preprocess.items() if key in said and value is not None}
    try:
        side = _side(size)
        fit = _FITS[said["resize_mode"]]
        described = Preprocessing(
            size=side,
            fit=fit,
            resample="bilinear" if said["interpolation"] == "bilinear" else "bicubic",
            mean=tuple(map(float, said["mean"])),
            std=tuple(map(float, said["std"])),
            fill=said["fill_color"] / 255 if fit == "pad" else None,
        )
        return checked(described, side)
    except (ValueError, TypeError, KeyError) as error:
        raise NegdataError(
            f"How {name} wants its pictures can't be understood: {error}.", "Give another model."
        ) from error


def _side(size: Any) -> int:
    sides = set(size) if isinstance(size, (tuple, list)) else {size}
    if len(sides) != 1 or not isinstance(side := sides.pop(), int):
        raise ValueError(f"{size} is no square")
    return side


def _tokenization(name: str, found: Found, model: Any) -> Tokenization:
    import open_clip
    from open_clip.tokenizer import basic_clean, canonicalize_text

    tokenizer = loaded(f"The tokenizer of {name}", lambda: open_clip.get_tokenizer(found.source))

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        # All of one length: open_clip's towers take no other.
        rows: list[list[int]] = tokenizer(list(texts)).tolist() if texts else []
        return rows

    context: int = tokenizer.context_length

    def uncut(texts: Sequence[str]) -> list[list[int]]:
        within = getattr(tokenizer, "tokenizer", None)
        if within is not None:  # one of the transformers library
            clean = getattr(
                tokenizer, "clean_fn", lambda text: canonicalize_text(basic_clean(text))
            )  # SigLIP's has none
            cleaned = [clean(text) for text in texts]
            rows: list[list[int]] = within(cleaned, truncation=False, padding=False)["input_ids"] if cleaned else []
            return rows
        return [[tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id] for text in texts]

    vocabulary = found.config["text_cfg"].get("vocab_size", getattr(model, "vocab_size", 2**31))
    return Tokenization(
        tokenize,
        uncut=uncut,
        context=context,
        pad=0,
        vocabulary=vocabulary,
        name=f"open_clip's {type(tokenizer).__name__}",
    )


def _description(config: Mapping[str, Any]) -> dict[str, JsonValue]:
    return {"kind": "open_clip", **{key: deepcopy(config[key]) for key in ("embed_dim", "vision_cfg", "text_cfg")}}
