"""``negdata export``: a fine-tuned CLIP for somebody else's code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli import completion
from negdata.cli.options import INPUT, RUN, Architecture, Json, QuickGelu, Replace


def export(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A CLIP: a folder, a file of weights, a hub name or open_clip:ARCH/PRETRAINED.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.TARGETS),
            help="openai: OpenAI's layout. open-clip: a checkpoint of open_clip. diffusers: into a Stable Diffusion "
            "pipeline. clipseg: into a CLIPSeg.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            help="A file (.pt, .pth, .safetensors) for openai and open-clip, a new folder for the others.",
            show_default=False,
        ),
    ],
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="The pipeline or the CLIPSeg whose text encoder is replaced, in a copy. Default: none.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None,
    which: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.one_of(completion.PARTS),
            help="text_encoder or text_encoder_2, where the model fits both. Default: the one it fits.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.one_of(completion.FILE_DTYPES),
            help="float32 or float16, for a file. Default: float32; a folder keeps the base's.",
            rich_help_panel=RUN,
            show_default=False,
        ),
    ] = None,
    architecture: Architecture = None,
    quick_gelu: QuickGelu = None,
    fresh: Replace = False,
    as_json: Json = False,
) -> None:
    """Write a CLIP for OpenAI's code, open_clip, Stable Diffusion or CLIPSeg; say how to load it there."""
    from negdata import console
    from negdata.train.export import ExportSettings, export_model

    settings = ExportSettings(
        model=model,
        to=to,
        out=out,
        base=base,
        which=which,
        dtype=dtype,
        architecture=architecture,
        quick_gelu=quick_gelu,
        fresh=fresh,
    )
    summary = export_model(settings)
    if as_json:
        console.json_line(summary.model_dump_json())
    else:
        console.export_summary(summary)
