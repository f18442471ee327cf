"""One way in: a CLIP by whatever people call it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from negdata.clip.architecture import PUBLISHED, plain_name
from negdata.clip.base import DualEncoder
from negdata.clip.checkpoint import SUFFIXES
from negdata.clip.openclip_names import PREFIX
from negdata.errors import NegdataError

Crop = Literal["model", "letterbox"]


def load_dual_encoder(
    name: str,
    *,
    device: str = "auto",
    dtype: str = "auto",
    crop: Crop = "model",
    architecture: str | None = None,
    quick_gelu: bool | None = None,
) -> DualEncoder:
    """A model of CLIP's kind, ready to be asked; no code that comes with it is run.

    What comes back is a ``TorchEncoder``: its ``model`` is the model itself, its ``about.layout`` that of the weights.

    Args:
        name: a folder of the transformers library, a file of weights, ``open_clip:ARCH/PRETRAINED``, or a hub name.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        dtype: what it calculates in: ``auto`` (float32 on a CPU, half precision on a GPU), ``float32``, ``bfloat16``,
            ``float16``.
        crop: ``model`` prepares pictures as the model's own code does; ``letterbox`` cuts nothing off.
        architecture: of a file of weights, such as ``ViT-B-32-quickgelu``; where it is left out, their shapes tell.
        quick_gelu: whether a model was trained with QuickGELU, where nothing in it says so.

    Raises:
        NegdataError: there is no such model, it is none that can be loaded, or nothing says how.
    """
    if not name:
        raise NegdataError(
            "No model is named.", "Give a folder, a file of weights, a hub name or open_clip:ARCH/PRETRAINED."
        )
    _require_packages()
    from negdata.clip.encoder import Placement

    placement = Placement.of(device, dtype)
    letterbox = crop == "letterbox"
    if name.startswith(PREFIX):
        from negdata.clip.openclip import load_open_clip

        _no_architecture(name, architecture)
        return load_open_clip(name, placement=placement, letterbox=letterbox, quick_gelu=quick_gelu)
    path = Path(name).expanduser()
    if path.is_file():
        from negdata.clip.weights_file import load_file

        return load_file(
            name, path, placement=placement, letterbox=letterbox, architecture=architecture, quick_gelu=quick_gelu
        )
    from negdata.clip.transformers_folder import fetched, load_folder

    _no_architecture(name, architecture)
    folder = path if path.is_dir() else fetched(_hub_name(name))
    return load_folder(name, folder, placement=placement, letterbox=letterbox, quick_gelu=quick_gelu)


def _hub_name(name: str) -> str:
    """The name, if it may be one of the hub's; raises NegdataError where it is something else that isn't there."""
    if plain_name(name) in PUBLISHED or name.startswith("RN"):
        raise NegdataError(
            f"{name!r} is an architecture, not a model.",
            f"Name its weights too: open_clip:{plain_name(name)}-quickgelu/openai, or openai/clip-vit-base-patch32.",
        )
    if name.startswith((".", "~", "/")) or name.count("/") > 1 or name.endswith(SUFFIXES):
        raise NegdataError(f"The model {name!r} doesn't exist.", "Check the path.")
    return name


def _no_architecture(name: str, architecture: str | None) -> None:
    if architecture is not None:
        raise NegdataError(
            f"--architecture {architecture} is given, but {name} says itself what it is.",
            "Leave it out; it is for files of weights.",
        )


def _require_packages() -> None:
    try:
        import safetensors  # noqa: F401
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise NegdataError(f"{error.name} is not installed.", 'Run: pip install "negdata[train]"') from error
    transformers.utils.logging.set_verbosity_error()
