"""Loads CLIP and SigLIP from a folder as the transformers library writes it, or from the hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from negdata.clip.activation import Evidence, activation_name, asked, settled
from negdata.clip.checkpoint import check_numbers, read_checkpoint
from negdata.clip.encoder import About, Placement
from negdata.clip.model_files import FETCH_AGAIN, json_object, loaded
from negdata.clip.transformers_model import CLASSES, TransformersEncoder, build, sizes
from negdata.clip.transformers_processor import (
    PROCESSOR_FILES,
    TOKENIZER_FILES,
    read_preprocessing,
    read_tokenization,
)
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor

_OPEN_CLIP = "open_clip_config.json"
_SAFE = ("model.safetensors", "model.safetensors.index.json")
_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json")
_FIRST = ("config.json", _OPEN_CLIP, *PROCESSOR_FILES, *TOKENIZER_FILES, "model*.safetensors", _SAFE[1])


def load_folder(
    name: str, folder: Path, *, placement: Placement, letterbox: bool, quick_gelu: bool | None
) -> TransformersEncoder:
    """The model in a folder that ``save_pretrained`` wrote; no code that may lie in it is run.

    Raises:
        NegdataError: it is no dual encoder, is damaged or incomplete, or its parts contradict each other.
    """
    import transformers

    _check_kind(folder)
    config = loaded(
        f"The config of {folder}",
        lambda: transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False),
    )
    quick = _quick(folder, config, quick_gelu)
    tensors = _weights(folder)
    model = build(config, tensors, str(folder))
    check_numbers(tensors, str(folder))
    dim = config.projection_dim if config.model_type == "clip" else model.text_model.head.out_features
    _check_heads(folder, config, dim)
    preprocessing = read_preprocessing(folder, config.vision_config.image_size)
    activation = activation_name(quick) if config.model_type == "clip" else config.text_config.hidden_act
    return TransformersEncoder(
        model,
        about=About(name, "transformers", activation, sizes(config)),
        dim=dim,
        preprocessing=preprocessing.letterboxed() if letterbox else preprocessing,
        tokenization=read_tokenization(folder, config),
        placement=placement,
    )


def fetched(name: str) -> Path:
    """The folder in which a model of the hub lies once it is fetched; raises NegdataError where it can't be."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, allow_patterns=list(_FIRST)))
        if not any((folder / file).is_file() for file in _SAFE):
            folder = Path(snapshot_download(name, allow_patterns=["pytorch_model*.bin", _PICKLED[1]]))
    except Exception as error:  # errors of the hub, of httpx, of the disk
        raise NegdataError(
            f"The model {name!r} is neither here nor can it be fetched from the hub ({type(error).__name__}).",
            "Check the name and the network, or give a model's folder, a file of weights or open_clip:ARCH/PRETRAINED.",
        ) from error
    return folder


def _check_kind(folder: Path) -> None:
    path = folder / "config.json"
    if not path.is_file():
        remedy = "Give the folder of a CLIP or SigLIP, or the file of its weights."
        if (folder / _OPEN_CLIP).is_file():
            remedy = "It is one of open_clip's: give open_clip:ARCH/PATH with the file of its weights."
        raise NegdataError(f"The folder {folder} holds no model of transformers: it has no config.json.", remedy)
    kind = json_object(path).get("model_type")
    if kind not in CLASSES:
        resolution = " Of SigLIP 2, models of a fixed resolution are taken." if kind == "siglip2" else ""
        raise NegdataError(
            f"The folder {folder} holds no CLIP or SigLIP, but a model of the kind {kind!r}.",
            f"Give a dual encoder such as openai/clip-vit-base-patch32 or google/siglip-base-patch16-224.{resolution}",
        )


def _quick(folder: Path, config: Any, quick_gelu: bool | None) -> bool:
    text, vision = config.text_config.hidden_act, config.vision_config.hidden_act
    if text != vision:
        raise NegdataError(
            f"The config of {folder} gives its text tower the activation {text!r} and its vision tower {vision!r}.",
            "Correct hidden_act in config.json: both towers of a CLIP are trained with the same.",
        )
    evidence = [Evidence(text == "quick_gelu", "its config.json"), *asked(quick_gelu)]
    beside = folder / _OPEN_CLIP
    theirs = json_object(beside).get("model_cfg") if beside.is_file() else None
    if config.model_type == "clip" and isinstance(theirs, dict):
        evidence.append(Evidence(theirs.get("quick_gelu") is True, f"the {_OPEN_CLIP} beside it"))
    return settled(evidence, str(folder))


def _check_heads(folder: Path, config: Any, dim: int) -> None:
    if config.model_type == "siglip" and config.vision_config.hidden_size != dim:
        raise NegdataError(
            f"The towers of {folder} don't meet: one gives {config.vision_config.hidden_size} numbers, one {dim}.",
            FETCH_AGAIN,
        )
    if not getattr(config.vision_config, "vision_use_head", True):
        raise NegdataError(
            f"The vision tower of {folder} gives no embedding: vision_use_head is false in its config.json.",
            "Give a whole SigLIP, not a vision tower made for another model.",
        )


def _weights(folder: Path) -> dict[str, Tensor]:
    for whole, index in (_SAFE, _PICKLED):
        if (folder / whole).is_file():
            return read_checkpoint(folder / whole).tensors
        if (folder / index).is_file():
            return _shards(folder, folder / index)
    raise NegdataError(
        f"The folder {folder} has no weights: neither {_SAFE[0]} nor {_PICKLED[0]} is there.", FETCH_AGAIN
    )


def _shards(folder: Path, index: Path) -> dict[str, Tensor]:
    places = json_object(index).get("weight_map")
    files = list(places.values()) if isinstance(places, dict) else []
    if not files or not all(isinstance(file, str) and Path(file).name == file for file in files):
        raise NegdataError(f"{index} doesn't say in which files of its folder the weights are.", FETCH_AGAIN)
    tensors: dict[str, Tensor] = {}
    for file in sorted(set(files)):
        tensors |= read_checkpoint(folder / file).tensors
    return tensors
