"""Into a pipeline of diffusers: its text encoder, replaced in a copy of the pipeline's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError, unknown_name
from negdata.train.export.base_folder import BaseFolder
from negdata.train.export.replacing import Replacement, replacement
from negdata.train.export.source import Source
from negdata.train.export.tokens import FILES, check_same, read_tokens
from negdata.train.export.tower import TextTower, check_agreement, no_fit, takes, tower_of
from negdata.train.export.weights import BaseWeights, weights_in

PARTS = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}
"""The places of a pipeline that may hold a CLIP's text tower, each with its tokenizer."""
_PROJECTED = {"CLIPTextModel": False, "CLIPTextModelWithProjection": True}
_INDEX = "model_index.json"
_PREFIX = "text_model."
_PROJECTION = "text_projection.weight"
_NO_PIPELINE = "Give the folder of a Stable Diffusion 1, 2 or XL pipeline, as save_pretrained writes it."


@dataclass(frozen=True, slots=True)
class Encoder:
    """A text encoder of the base."""

    part: str
    tower: TextTower
    weights: BaseWeights


def into_pipeline(source: Source, base: BaseFolder, which: str | None) -> Replacement:
    """Finds the text encoder that the model's text tower fits, and checks that it can take its place.

    Raises:
        NegdataError: the base is no such pipeline, or the model fits nowhere in it or in two places.
    """
    if which is not None and which not in PARTS:
        raise unknown_name("text encoder", which, PARTS)
    encoders = _encoders(base)
    if which is not None and which not in encoders:
        raise NegdataError(
            f"The base {base.path} has no CLIP as its {which}.", f"It has: {', '.join(encoders)}. Leave --which out."
        )
    asked = {part: one for part, one in encoders.items() if which in (None, part)}
    fitting = [one for one in asked.values() if takes(one.tower, source.tower)]
    if not fitting:
        raise no_fit(source.name, source.tower, {part: one.tower for part, one in asked.items()})
    if len(fitting) > 1:
        raise NegdataError(
            f"The text tower of {source.name} fits {' and '.join(one.part for one in fitting)} of {base.path} alike.",
            "Say which with --which.",
        )
    encoder = fitting[0]
    check_agreement(encoder.tower, source.tower, f"{base.path / encoder.part / 'config.json'}", source.name)
    tokenizer = PARTS[encoder.part]
    there = {name: path for name, path in base.beneath(tokenizer).items() if name in FILES}
    check_same(read_tokens(there, str(base.path / tokenizer)), source.tokens, str(base.path / tokenizer), source.name)
    return replacement(source, encoder.weights, base.path, part=encoder.part, tower=encoder.tower, name_of=_name_of)


def notes_on_pipeline(base: BaseFolder) -> list[str]:
    """Files of a pipeline that keep the old text encoder, though diffusers' pipelines don't read them."""
    whole = [name for name in base.beneath("") if name.endswith((".ckpt", ".safetensors", ".pt", ".bin"))]
    listed = ", ".join(whole)
    return (
        [f"{listed} is copied as it is and holds the old text encoder; from_pretrained doesn't read it."]
        if whole
        else []
    )


def load_lines(out: Path, index: dict[str, Any]) -> list[str]:
    """How the exported pipeline is loaded."""
    name = index.get("_class_name")
    kind = name if isinstance(name, str) and name.isidentifier() else "DiffusionPipeline"
    return [f"diffusers.{kind}.from_pretrained({str(out)!r})"]


def _encoders(base: BaseFolder) -> dict[str, Encoder]:
    if _INDEX not in base.files:
        raise NegdataError(f"The base {base.path} is no pipeline of diffusers: it has no {_INDEX}.", _NO_PIPELINE)
    index = base.json(_INDEX)
    found = {}
    others = []
    for part in PARTS:
        said = index.get(part)
        kind = said[1] if isinstance(said, list) and len(said) == 2 else None
        if kind in _PROJECTED:
            config = base.json(f"{part}/config.json")
            where = str(base.path / part / "config.json")
            dim = config.get("projection_dim", 512) if _PROJECTED[kind] else None
            weights = weights_in(part, base.beneath(part), base.path)
            found[part] = Encoder(part, tower_of(config, where, dim=dim), weights)
        elif kind is not None:
            others.append(f"{part} is a {str(kind)[:60]}")
    if not found:
        raise NegdataError(
            f"No text encoder of the base {base.path} is a CLIP: {'; '.join(others) or 'it has none'}.", _NO_PIPELINE
        )
    return found


def _name_of(theirs: str) -> str | None:
    """Files have the text tower's names with or without the prefix, by the version of what wrote them."""
    return theirs if theirs == _PROJECTION or theirs.startswith(_PREFIX) else _PREFIX + theirs
