"""Loads a CLIP from one file of weights, in OpenAI's layout or in that of the transformers library."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.clip.activation import Evidence, activation_name, asked, settled
from negdata.clip.architecture import QUICK_GELU_SUFFIX, architecture_of, check_name
from negdata.clip.bpe import openai_tokenization
from negdata.clip.checkpoint import Checkpoint, check_numbers, listed, read_checkpoint
from negdata.clip.encoder import About, Layout, Placement, TorchEncoder
from negdata.clip.openai_layout import to_openai, to_transformers
from negdata.clip.preprocessing import Preprocessing
from negdata.clip.transformers_model import TransformersEncoder, build, sizes
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor


def load_file(
    name: str,
    path: Path,
    *,
    placement: Placement,
    letterbox: bool,
    architecture: str | None,
    quick_gelu: bool | None,
) -> TorchEncoder:
    """The CLIP whose weights a file holds; its architecture is told by their shapes.

    Args:
        architecture: what the user says it is, such as ``ViT-B-32-quickgelu``; it is checked.
        quick_gelu: what the user says of its activation; a state dict doesn't tell.

    Raises:
        NegdataError: it holds no whole CLIP, or nothing says which activation it has.
    """
    checkpoint = read_checkpoint(path)
    tensors, layout = _in_openai_layout(checkpoint)
    evidence = asked(quick_gelu)
    if architecture is not None and architecture.endswith(QUICK_GELU_SUFFIX):
        evidence.append(Evidence(True, f"--architecture {architecture}"))
    if checkpoint.quick_gelu is not None:
        evidence.append(Evidence(checkpoint.quick_gelu, "the file itself"))
    if "visual.layer1.0.conv1.weight" in tensors:
        from negdata.clip.resnet import load_resnet

        return load_resnet(
            name, path, tensors, placement=placement, letterbox=letterbox, architecture=architecture, evidence=evidence
        )
    shape = architecture_of(tensors, str(path))
    if architecture is not None:
        check_name(shape, architecture, str(path))
    tokenization = openai_tokenization(shape.vocabulary, shape.context, str(path))
    quick = settled(evidence, str(path))
    check_numbers(checkpoint.tensors, str(path))
    config = shape.config(quick_gelu=quick)
    preprocessing = Preprocessing(shape.resolution)
    return TransformersEncoder(
        build(config, to_transformers(tensors), str(path)),
        about=About(name, layout, activation_name(quick), {"name": shape.name, **sizes(config)}),
        dim=shape.dim,
        preprocessing=preprocessing.letterboxed() if letterbox else preprocessing,
        tokenization=tokenization,
        placement=placement,
    )


def _in_openai_layout(checkpoint: Checkpoint) -> tuple[dict[str, Tensor], Layout]:
    tensors, path = checkpoint.tensors, checkpoint.path
    if "visual.conv1.weight" in tensors and "token_embedding.weight" in tensors:
        return tensors, "openai"
    if any(name.startswith(("text.", "visual.trunk.")) for name in tensors):
        raise NegdataError(
            f"{path} is a model of open_clip's with a tower of another kind than OpenAI's.",
            f"Load it by its architecture's name: open_clip:ARCH/{path}.",
        )
    if {"text_model.encoder", "vision_model.encoder"} <= _heads(tensors):
        return _from_transformers(path, tensors), "transformers"
    raise NegdataError(
        f"{path} is no CLIP: its tensors are {listed(list(tensors))}.",
        "Give the whole state dict of a CLIP, in OpenAI's layout or that of transformers.",
    )


def _from_transformers(path: Path, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    folder = " Give its folder instead." if (path.parent / "config.json").is_file() else ""
    try:
        return to_openai(tensors)
    except KeyError as error:
        raise NegdataError(
            f"{path} is no whole CLIP as the transformers library has it: {error.args[0]} is missing or unexpected.",
            f"SigLIP and other dual encoders need their folder.{folder}",
        ) from error
    except RuntimeError as error:
        raise NegdataError(
            f"The shapes in {path} contradict each other: {str(error).splitlines()[0]}", "Fetch it again."
        ) from error


def _heads(names: Iterable[str]) -> set[str]:
    return {".".join(name.split(".")[:2]) for name in names}
