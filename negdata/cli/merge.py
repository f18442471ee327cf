"""``negdata merge``: several outputs become one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli.options import RUN, Json
from negdata.errors import ExitCode


def merge(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUTPUT...",
            help="The outputs of all shards of one run, or a folder of parts.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            help="OUT.jsonl for caption records, or OUT.json for the COCO layout with updated_caption.",
            show_default=False,
        ),
    ],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace what is there, whatever it is.", rich_help_panel=RUN)
    ] = False,
    as_json: Json = False,
) -> None:
    """Put the outputs of --shard together to what one run would have written.

    Rejected and failed records and manifests go with them. Nothing is written unless all shards are there, finished
    and made with the same settings, and each record is in one of them once.
    """
    from negdata import console
    from negdata.merging import MergeSettings, merge_outputs

    settings = MergeSettings(inputs=tuple(inputs), out=out, fresh=fresh)
    with console.progress("merge") as (on_rows, _):
        summary = merge_outputs(settings, on_rows=on_rows)
    if as_json:
        console.json_line(summary.model_dump_json())
    else:
        console.merge_summary(summary)
    if summary.failed:
        console.shortfall(f"{summary.failed:,} of {summary.taken:,} records failed, see {summary.out}")
        raise typer.Exit(ExitCode.FAILURES)
