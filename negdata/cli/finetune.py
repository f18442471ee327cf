"""``negdata finetune``: trains a CLIP's text tower on negation-aware captions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli import completion
from negdata.cli.options import (
    IMAGES_HELP,
    METHOD,
    MODEL,
    PACE,
    RUN,
    Architecture,
    Device,
    Exclude,
    Fresh,
    Json,
    QuickGelu,
    Records,
    Workers,
)
from negdata.errors import ExitCode

MEASURE = "Measure"


def finetune_model(
    records: Records,
    images: Annotated[Path, typer.Option(help=IMAGES_HELP, show_default=False)],
    model: Annotated[
        str,
        typer.Option(
            help="A CLIP: a folder, a file of weights, a hub name or open_clip:ARCH/PRETRAINED.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder of the trained model.", show_default=False)],
    recipe: Annotated[
        str,
        typer.Option(
            autocompletion=completion.shipped_name("train"),
            help="How to train: a name that negdata recipes ls lists, or your own .yaml.",
            rich_help_panel=METHOD,
        ),
    ] = "default",
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Replace a value of the recipe: optimizer.lr=1e-5. May be repeated.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    exclude: Exclude = None,
    benches: Annotated[
        list[Path] | None,
        typer.Option(
            "--eval",
            metavar="BENCH",
            help="Score the model on this benchmark before and after. May be repeated.",
            rich_help_panel=MEASURE,
            show_default=False,
        ),
    ] = None,
    bench_images: Annotated[
        Path | None,
        typer.Option(
            "--eval-images",
            help="What benchmarks' image names are relative to, as --images. Default: --images.",
            rich_help_panel=MEASURE,
            show_default=False,
        ),
    ] = None,
    zero_shot: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a folder of images for each class, to classify before and after. Default: none.",
            rich_help_panel=MEASURE,
            show_default=False,
        ),
    ] = None,
    max_drop: Annotated[
        float,
        typer.Option(
            help="Points that R@5 of held-out original captions may lose; past it the exit code is 1.",
            rich_help_panel=MEASURE,
        ),
    ] = 1.0,
    licence: Annotated[
        str,
        typer.Option(
            "--licence",
            "--license",
            help="Of the trained model, for its card: mit, apache-2.0 …",
            rich_help_panel=RUN,
        ),
    ] = "unknown",
    data_licence: Annotated[
        str,
        typer.Option(
            "--data-licence", "--data-license", help="Of the data, for the model's card.", rich_help_panel=RUN
        ),
    ] = "unknown",
    architecture: Architecture = None,
    quick_gelu: QuickGelu = None,
    device: Device = "auto",
    dtype: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.TRAIN_DTYPES),
            help="Calculates in auto (bfloat16 on a GPU that has it), float32 or bfloat16; weights stay float32.",
            rich_help_panel=MODEL,
        ),
    ] = "auto",
    compiled: Annotated[
        bool, typer.Option("--compile", help="Have torch compile the text tower.", rich_help_panel=MODEL)
    ] = False,
    texts_at_once: Annotated[
        int | None,
        typer.Option(
            help="Texts whose activations are in memory at once, where a batch is too large; its negatives stay. "
            "Default: all of a batch.",
            rich_help_panel=PACE,
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    save_every: Annotated[
        float, typer.Option(help="Seconds between checkpoints within an epoch.", rich_help_panel=RUN)
    ] = 60.0,
    track: Annotated[
        bool, typer.Option("--track", help="Write TensorBoard events to OUT/tensorboard too.", rich_help_panel=RUN)
    ] = False,
    fresh: Fresh = False,
    as_json: Json = False,
) -> None:
    """Fine-tune a CLIP's text tower, and measure what it gained and lost.

    OUT is a Transformers folder with a model card. Killed at any moment, the same command goes on where it was. Exit
    code 1 says that retrieval fell by more than --max-drop, or that some rows couldn't be used.
    """
    from negdata import console
    from negdata.train import FinetuneSettings, finetune

    settings = FinetuneSettings(
        data=records,
        images=images,
        model=model,
        out=out,
        recipe=recipe,
        overrides=tuple(overrides or ()),
        exclude=tuple(exclude or ()),
        benches=tuple(benches or ()),
        bench_images=bench_images,
        zero_shot=zero_shot,
        max_drop=max_drop,
        licence=licence,
        data_licence=data_licence,
        architecture=architecture,
        quick_gelu=quick_gelu,
        device=device,
        dtype=dtype,
        compiled=compiled,
        texts_at_once=texts_at_once,
        workers=workers,
        save_every=save_every,
        track=track,
        fresh=fresh,
    )
    with console.phases() as on_progress:
        report = finetune(settings, on_progress=on_progress, on_notice=console.warning)
    if report is None:  # one of several processes that isn't the first
        return
    if as_json:
        console.json_line(report.model_dump_json())
    else:
        console.finetuned(report)
    if report.failed:
        console.shortfall(f"{sum(report.failed.values()):,} rows couldn't be used")
    if not report.gains.gate.passed:
        console.shortfall(report.gains.gate.sentence)
    if report.failed or not report.gains.gate.passed:
        raise typer.Exit(ExitCode.FAILURES)
