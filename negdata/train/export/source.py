"""The CLIP that is exported: its weights in the layout of the transformers library, whatever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negdata.clip import load_dual_encoder
from negdata.clip.architecture import Architecture, Tower, architecture_of
from negdata.clip.encoder import TorchEncoder
from negdata.clip.openai_layout import to_transformers
from negdata.clip.openclip_names import PREFIX
from negdata.clip.preprocessing import Preprocessing
from negdata.clip.transformers_folder import fetched
from negdata.errors import NegdataError
from negdata.train.export.tokens import FILES, Tokens, openai_tokens, read_tokens
from negdata.train.export.tower import TextTower, tower_of

if TYPE_CHECKING:
    from torch import Tensor

_EPSILON = 1e-5
"""Of layer norms, in OpenAI's class and open_clip's."""
_GIVE_CLIP = "Give a CLIP with a vision transformer, such as negdata finetune writes."
# What open_clip says of towers that are OpenAI's; anything else makes them calculate differently.
_PLAIN = {
    "text_cfg": {"context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio"},
    "vision_cfg": {"image_size", "layers", "width", "head_width", "patch_size", "mlp_ratio"},
}


@dataclass(frozen=True, slots=True)
class Source:
    """A loaded CLIP.

    Attributes:
        name: as the user wrote it.
        tensors: float32, in the layout of the transformers library.
        tower: the text tower, with its projection.
        tokens: of its tokenizer.
        weights: a hash of the weights.
        path: the folder or the file that it was read from, where the user named one.
        folder: where its files lie, if it is a folder.
    """

    name: str
    tensors: Mapping[str, Tensor]
    shape: Architecture
    quick: bool
    activation: str
    tower: TextTower
    tokens: Tokens
    preprocessing: Preprocessing
    weights: str
    path: Path | None
    folder: Path | None

    def check_openai_reads(self) -> None:
        """Raises NegdataError where code that has OpenAI's tokenizer and its classes' defaults would read it wrong."""
        if self.tokens != openai_tokens():
            raise NegdataError(
                f"{self.name} has a tokenizer of its own, where code that loads the export has OpenAI's.",
                "Use it as the folder that it is.",
            )
        if self.tower.epsilon != _EPSILON or self.tower.end is not None:
            raise NegdataError(
                f"{self.name} has layer norms with an epsilon of {self.tower.epsilon} and ends its texts with "
                f"{self.tower.end or 'the highest token'}; OpenAI's class has {_EPSILON} and the highest token.",
                "Use it as the folder that it is.",
            )


def load_source(name: str, *, architecture: str | None, quick_gelu: bool | None) -> Source:
    """The CLIP of a name that ``load_dual_encoder`` takes.

    Raises:
        NegdataError: it can't be loaded, or isn't a CLIP with a vision transformer.
    """
    encoder = load_dual_encoder(name, device="cpu", dtype="float32", architecture=architecture, quick_gelu=quick_gelu)
    assert isinstance(encoder, TorchEncoder)
    identity = encoder.identity()
    if encoder.about.architecture.get("kind") in ("open_clip", "resnet"):
        config, tensors, shape = _of_open_clip(encoder)
        folder = None
    else:
        config = encoder.model.config
        if config.model_type != "clip":
            raise NegdataError(f"{name} is a SigLIP, not a CLIP.", _GIVE_CLIP)
        tensors, shape = encoder.model.state_dict(), _shape_of(config)
        folder = _folder_of(name)
    quick = config.text_config.hidden_act == "quick_gelu"
    if config.text_config.hidden_act not in ("quick_gelu", "gelu"):
        raise NegdataError(f"{name} has the activation {config.text_config.hidden_act!r}.", _GIVE_CLIP)
    if config.vision_config.layer_norm_eps != config.text_config.layer_norm_eps:
        raise NegdataError(f"The layer norms of {name} have two different epsilons.", _GIVE_CLIP)
    there = {} if folder is None else {file: folder / file for file in FILES if (folder / file).is_file()}
    return Source(
        name=name,
        tensors=tensors,
        shape=shape,
        quick=quick,
        activation=encoder.about.activation,
        tower=tower_of(config.text_config.to_dict(), name, dim=shape.dim),
        tokens=openai_tokens() if folder is None else read_tokens(there, str(folder)),
        preprocessing=encoder.preprocessing,
        weights=str(identity["weights"]),
        path=Path(name).expanduser() if Path(name).expanduser().exists() else None,
        folder=folder,
    )


def _folder_of(name: str) -> Path | None:
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    return None if path.is_file() or name.startswith(PREFIX) else fetched(name)


def _shape_of(config: Any) -> Architecture:
    text, vision = config.text_config, config.vision_config
    return Architecture(
        vision=_tower(vision),
        text=_tower(text),
        patch=vision.patch_size,
        resolution=vision.image_size,
        context=text.max_position_embeddings,
        vocabulary=text.vocab_size,
        dim=config.projection_dim,
    )


def _tower(config: Any) -> Tower:
    return Tower(config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.intermediate_size)


def _of_open_clip(encoder: TorchEncoder) -> tuple[Any, Mapping[str, Tensor], Architecture]:
    """A model of open_clip's classes whose towers are OpenAI's."""
    said: Mapping[str, Any] = encoder.about.architecture
    if said["kind"] == "resnet" or isinstance(said["vision_cfg"].get("layers"), list):
        raise NegdataError(f"{encoder.name} has a ResNet for a vision tower.", _GIVE_CLIP)
    foreign = [f"{part}.{key}" for part, plain in _PLAIN.items() for key in said[part] if key not in plain]
    if foreign:
        raise NegdataError(
            f"{encoder.name} isn't built as OpenAI's CLIPs are: it has {', '.join(foreign)}.", _GIVE_CLIP
        )
    tensors = {name.removeprefix("text."): tensor for name, tensor in encoder.model.state_dict().items()}
    shape = architecture_of(tensors, encoder.name)
    heads = (said["vision_cfg"]["width"] // said["vision_cfg"].get("head_width", 64), said["text_cfg"].get("heads", 8))
    if heads != (shape.vision.heads, shape.text.heads):
        raise NegdataError(
            f"{encoder.name} has {heads[0]} and {heads[1]} heads, where OpenAI's CLIPs of its width have "
            f"{shape.vision.heads} and {shape.text.heads}.",
            _GIVE_CLIP,
        )
    return shape.config(quick_gelu=encoder.about.activation == "QuickGELU"), to_transformers(tensors), shape
