"""``negdata benchmarks``: what benchmarks there are, and how they are defined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli.options import Json, Name

benchmarks_app = typer.Typer(
    help="Benchmark definitions: list, show and validate them.",
    no_args_is_help=True,
)


@benchmarks_app.command("ls")
def benchmarks_ls(as_json: Json = False) -> None:
    """List the shipped definitions, and the suites that score them."""
    from negdata import console
    from negdata.benchmark.definition import load_definitions

    found = load_definitions()
    if as_json:
        import orjson

        rows = [
            {
                "name": one.name,
                "id": one.id,
                "suite": one.suite,
                "built": one.build is not None,
                "published": len(one.published),
                "title": one.title,
            }
            for one in found
        ]
        console.json_line(orjson.dumps(rows).decode())
    else:
        console.definition_table(found)


@benchmarks_app.command("show")
def benchmarks_show(
    name: Name,
) -> None:
    """Print a definition's file: a start for your own."""
    from negdata import console
    from negdata.benchmark.definition import definition_file

    console.json_line(definition_file(name).read_text(encoding="utf-8").rstrip("\n"))


@benchmarks_app.command("validate")
def benchmarks_validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Your own definitions. Default: the shipped ones.", show_default=False),
    ] = None,
) -> None:
    """Check definitions, and list every error at once."""
    from negdata import console
    from negdata.benchmark.definition import check_definitions, load_definitions

    found = check_definitions(files) if files else list(load_definitions())
    console.line(f"{len(found)} definitions are valid: {', '.join(one.id for one in found)}")
