"""``negdata stats``: how much a corpus negates."""

from __future__ import annotations

from typing import Annotated

import typer

from negdata.cli.options import INPUT, CaptionColumn, Json, Source, SourceFormat


def stats(
    source: Source,
    source_format: SourceFormat = None,
    caption_column: CaptionColumn = None,
    examples: Annotated[
        int, typer.Option(help="Examples of each cue that --json holds at most.", min=0, rich_help_panel=INPUT)
    ] = 3,
    as_json: Json = False,
) -> None:
    """Count the captions and words of a corpus that negate, by cue."""
    from negdata import console
    from negdata.caption.statistics import source_statistics

    with console.progress("stats") as (on_rows, _):
        statistics, unusable = source_statistics(
            source,
            source_format=source_format,
            caption_column=caption_column,
            examples_per_cue=examples,
            on_rows=on_rows,
        )
    if as_json:
        console.json_line(statistics.model_dump_json())
    else:
        console.statistics_table(statistics, unusable)
