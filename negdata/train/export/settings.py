"""What an export is told, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """The options of an export; the defaults are the command line's.

    Attributes:
        model: a CLIP: a folder, a file of weights, a hub name or ``open_clip:ARCH/PRETRAINED``.
        to: ``openai``, ``open-clip``, ``diffusers`` or ``clipseg``.
        out: a file (.pt, .pth or .safetensors) for the first two, a folder for the others.
        base: the folder of the pipeline, or of the CLIPSeg, whose text encoder is replaced.
        which: of a pipeline with two text encoders that the model fits, the one to replace.
        dtype: ``float32`` or ``float16``, for files; None: float32. A folder keeps the base's formats.
        architecture: of weights that don't say it themselves.
        quick_gelu: the activation of such weights; None: what they say.
        fresh: replace an earlier export.
    """

    model: str
    to: str
    out: Path
    base: Path | None = None
    which: str | None = None
    dtype: str | None = None
    architecture: str | None = None
    quick_gelu: bool | None = None
    fresh: bool = False


class Replaced(BaseModel):
    """A text encoder of the base that the model's took the place of.

    Attributes:
        part: ``text_encoder``, ``text_encoder_2`` or ``clip.text_model``.
        layers: that it has.
        layers_of_model: that the model's text tower has; the last ones were left out where they are more.
        files: of weights, with their formats: ``text_encoder/model.fp16.safetensors (float16)``.
        distance: between old and new weights, in lengths of the old ones: 0 is the same, about 1.4 a stranger.
    """

    part: str
    layers: int
    layers_of_model: int
    files: list[str]
    distance: float


class ExportSummary(BaseModel):
    """What an export wrote.

    Attributes:
        weights: a hash of the model's weights, as in a report of ``negdata eval``.
        written: the file, or the folder; then what lies beside it.
        architecture: of a file: the name by which its reader knows it, or a description.
        load: Python that loads it.
        facts: what holds for it.
        notes: what a user must know to use it right.
        trained_on: images that the model's folder says it was trained on; None where it doesn't say.
    """

    to: str
    model: str
    weights: str
    activation: str
    written: list[str]
    architecture: str | None = None
    replaced: list[Replaced] = []
    load: list[str] = []
    facts: list[str] = []
    notes: list[str] = []
    trained_on: int | None = None
