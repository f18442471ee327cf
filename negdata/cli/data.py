"""``negdata data``: hands captions on to others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from negdata.cli import completion
from negdata.cli.options import RUN, BadRows, Exclude, Images, Json, Records, Replace, SourceFormat
from negdata.cli.register import command
from negdata.errors import ExitCode

CARD = "Card"

data_app = typer.Typer(help="Datasets: write captions in the forms that others read.", no_args_is_help=True)


@data_app.callback()
def data() -> None:
    """Keeps ``export`` a command of its own while it is the only one."""


@command(data_app, "data export")
def data_export(
    records: Records,
    to: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.FORMS),
            help="hf (a folder that datasets.load_dataset reads), webdataset (tar files), parquet, or coco (the "
            "paper's layout).",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to be made.", show_default=False)],
    images: Images = None,
    embed_images: Annotated[
        bool, typer.Option("--embed-images", help="Put the images into parquet.", rich_help_panel=RUN)
    ] = False,
    source_format: SourceFormat = None,
    bad_rows: BadRows = "refuse",
    exclude: Exclude = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="BENCH",
            help="Count the images that a benchmark uses, and keep them. May be repeated.",
            rich_help_panel=CARD,
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="The dataset's name. Default: that of OUT.", rich_help_panel=CARD, show_default=False),
    ] = None,
    licence: Annotated[
        str,
        typer.Option(
            "--licence",
            "--license",
            help="Of the captions: an id of the Hub or of SPDX, say cc-by-4.0.",
            rich_help_panel=CARD,
        ),
    ] = "unknown",
    image_licence: Annotated[
        str,
        typer.Option("--image-licence", "--image-license", help="Of the images, in words.", rich_help_panel=CARD),
    ] = "unknown",
    shard_rows: Annotated[
        int | None,
        typer.Option(
            help="Records a file at most. Default: 1,000,000, or 5,000 with images.",
            rich_help_panel=RUN,
            show_default=False,
        ),
    ] = None,
    fresh: Replace = False,
    as_json: Json = False,
) -> None:
    """Write captions as a dataset, with a card and Croissant metadata.

    With --images every image has to decode, and hf and webdataset hold the images. OUT appears once it is whole.
    Records that it can't hold go to OUT.rejected.jsonl and OUT.failed.jsonl with the reason.
    """
    from negdata import console
    from negdata.publish import DataExportSettings, export_data

    checked: dict[str, Any] = {"bad_rows": bad_rows}  # by the settings
    settings = DataExportSettings(
        source=records,
        to=to,
        out=out,
        images=images,
        embed_images=embed_images,
        name=name,
        licence=licence,
        image_licence=image_licence,
        exclude=tuple(exclude or ()),
        against=tuple(against or ()),
        shard_rows=shard_rows,
        source_format=source_format,
        fresh=fresh,
        **checked,
    )
    with console.progress("export") as (on_rows, on_progress):
        summary = export_data(settings, on_progress=on_progress, on_rows=on_rows)
    if as_json:
        console.json_line(summary.model_dump_json())
    else:
        console.data_export_summary(summary)
    if summary.failed:
        console.shortfall(f"{summary.failed:,} of {summary.taken:,} records failed, see {summary.out}")
        raise typer.Exit(ExitCode.FAILURES)
