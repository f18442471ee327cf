"""What open_clip knows of a model by its name, and whether its activation is the one that its weights want."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negdata.clip.activation import Evidence, activation_name, asked, settled
from negdata.clip.architecture import QUICK_GELU_SUFFIX
from negdata.clip.checkpoint import SUFFIXES, Checkpoint, read_checkpoint
from negdata.clip.model_files import json_object
from negdata.errors import NegdataError, unknown_name

PREFIX = "open_clip:"
_HUB = "hf-hub:"


@dataclass(frozen=True, slots=True)
class Found:
    """A model as open_clip describes it.

    Attributes:
        source: the name by which open_clip finds its tokenizer.
        config: what its classes are made with.
        preprocess: how it wants pictures, where that isn't the default.
        weights: reads its weights, and fetches them first where they aren't here.
        published: whether open_clip itself names these weights; it then knows how to fit them in.
    """

    source: str
    config: dict[str, Any]
    preprocess: Mapping[str, Any]
    weights: Callable[[], Checkpoint]
    published: bool


def find(name: str, quick_gelu: bool | None) -> Found:
    """The model of an ``open_clip:`` name.

    Raises:
        NegdataError: open_clip has no such model, or its weights were trained with another activation.
    """
    wanted = name.removeprefix(PREFIX)
    return _on_the_hub(wanted, quick_gelu) if wanted.startswith(_HUB) else _by_architecture(wanted, quick_gelu)


def is_quick(config: Mapping[str, Any]) -> bool:
    """Whether a model of this config has QuickGELU."""
    return config.get("quick_gelu") is True


def _by_architecture(wanted: str, quick_gelu: bool | None) -> Found:
    import open_clip
    from open_clip import pretrained

    architecture, _, weights = wanted.partition("/")
    known = open_clip.list_models()
    if architecture not in known:
        near = difflib.get_close_matches(architecture, known, n=5, cutoff=0.3)
        raise NegdataError(
            f"open_clip has no architecture named {architecture!r}.",
            f"Did you mean {' or '.join(near)}?" if near else "open_clip.list_models() has their names.",
        )
    config = open_clip.get_model_config(architecture)
    tags = pretrained.list_pretrained_tags_by_model(architecture)
    if not weights:
        raise NegdataError(
            f"{PREFIX}{wanted} names no weights.",
            f"Add a file of them, or one of: {', '.join(tags) or 'no published ones are known'}.",
        )
    published = pretrained.get_pretrained_cfg(architecture, weights)
    path = Path(weights).expanduser()
    if published:
        _check_tag(architecture, weights, config, published, quick_gelu)
        return Found(architecture, config, published, lambda: _downloaded(wanted, published), True)
    if path.is_file():
        checkpoint = read_checkpoint(path)
        config["quick_gelu"] = _quick_of_file(architecture, checkpoint, config, quick_gelu)
        return Found(architecture, config, {}, lambda: checkpoint, False)
    if "/" in weights or weights.endswith(SUFFIXES):
        raise NegdataError(f"The checkpoint {weights} doesn't exist.", "Check the path.")
    other = _other(architecture)
    if pretrained.get_pretrained_cfg(other, weights):
        raise _wrong_activation(architecture, weights, QUICK_GELU_SUFFIX in other, other)
    raise unknown_name(f"weights of {architecture} in open_clip", weights, tags)


def _check_tag(
    architecture: str, tag: str, config: Mapping[str, Any], published: Mapping[str, Any], quick_gelu: bool | None
) -> None:
    """Raises NegdataError where the model's activation isn't the one that its weights were trained with."""
    trained = published.get("quick_gelu") is True
    settled([Evidence(trained, f"what open_clip knows of {tag}"), *asked(quick_gelu)], f"{architecture}/{tag}")
    if "timm_model_name" not in config["vision_cfg"] and trained != is_quick(config):
        raise _wrong_activation(architecture, tag, trained, _other(architecture))


def _quick_of_file(
    architecture: str, checkpoint: Checkpoint, config: Mapping[str, Any], quick_gelu: bool | None
) -> bool:
    """Whether a model for a user's own weights has QuickGELU.

    A name that ends in -quickgelu says so. One without says nothing where both exist: OpenAI's weights go by it too.
    """
    import open_clip

    evidence = asked(quick_gelu)
    if is_quick(config) or _other(architecture) not in open_clip.list_models():
        evidence.append(Evidence(is_quick(config), f"the architecture {architecture}"))
    if checkpoint.quick_gelu is not None:
        evidence.append(Evidence(checkpoint.quick_gelu, "the file itself"))
    return settled(evidence, str(checkpoint.path))


def _on_the_hub(wanted: str, quick_gelu: bool | None) -> Found:
    from open_clip import pretrained

    repository = wanted.removeprefix(_HUB)

    def fetch(**file: str) -> Path:
        try:
            return Path(pretrained.download_pretrained_from_hf(repository, **file))
        except Exception as error:  # errors of the hub, of httpx, of the disk
            raise NegdataError(
                f"{PREFIX}{wanted} can't be fetched from the hub ({type(error).__name__}).",
                "Check the name and the network; the repository needs open_clip_config.json and weights.",
            ) from error

    said = json_object(fetch(filename="open_clip_config.json"))
    config = said.get("model_cfg")
    towers = ("text_cfg", "vision_cfg")
    if not isinstance(config, dict) or not all(isinstance(config.get(tower), dict) for tower in towers):
        raise NegdataError(f"The open_clip_config.json of {repository} describes no model.", "Check the name.")
    settled([Evidence(is_quick(config), "its open_clip_config.json"), *asked(quick_gelu)], repository)
    preprocess = said.get("preprocess_cfg")
    preprocess = preprocess if isinstance(preprocess, dict) else {}
    return Found(wanted, config, preprocess, lambda: read_checkpoint(fetch()), True)


def _downloaded(wanted: str, published: Mapping[str, Any]) -> Checkpoint:
    from open_clip import pretrained

    try:
        path = Path(pretrained.download_pretrained(dict(published)))
    except Exception as error:  # errors of the hub, of urllib, of the disk
        raise NegdataError(
            f"The weights of {PREFIX}{wanted} can't be fetched ({type(error).__name__}).", "Check the network."
        ) from error
    return read_checkpoint(path)


def _other(architecture: str) -> str:
    """The name of the same architecture with the other activation."""
    if architecture.endswith(QUICK_GELU_SUFFIX):
        return architecture.removesuffix(QUICK_GELU_SUFFIX)
    return architecture + QUICK_GELU_SUFFIX


def _wrong_activation(architecture: str, tag: str, trained: bool, other: str) -> NegdataError:
    return NegdataError(
        f"{architecture} has {activation_name(not trained)}, but its weights {tag} were trained with "
        f"{activation_name(trained)}, and would score wrong.",
        f"Give {PREFIX}{other}/{tag}.",
    )
