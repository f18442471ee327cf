"""``negdata report``: look at what was made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli.options import IMAGES_HELP, Json


def report(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Captions, filtered or not, a benchmark, predictions of eval, a folder of finetune, or the output of "
            "filter --check-against. Several become sections of one page.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The page, *.html.", show_default=False)],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help=f"{IMAGES_HELP} May be repeated; the first that has an image shows it.",
            show_default=False,
        ),
    ] = None,
    embed: Annotated[
        float, typer.Option(help="Megabytes of small images that the page holds at most; the rest are linked.")
    ] = 20.0,
    limit: Annotated[
        int, typer.Option(help="Items of a list at most; of captions those that a judge was least certain of.")
    ] = 10_000,
    title: Annotated[
        str | None, typer.Option(help="Of the page. Default: the names of the files.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show outputs as one HTML page: to look through, filter, and mark right or wrong.

    The page opens from disk, without a server or a network. Marks are exported from it for filter --marks.
    """
    from negdata import console
    from negdata.report import ReportSettings, write_report

    settings = ReportSettings(
        paths=tuple(paths), out=out, images=tuple(images or ()), embed=embed, limit=limit, title=title
    )
    with console.progress("report") as (_, on_progress):
        summary = write_report(settings, on_progress=on_progress)
    if as_json:
        console.json_line(summary.model_dump_json())
    else:
        console.report_summary(summary)
