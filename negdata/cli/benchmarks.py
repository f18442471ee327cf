"""``negdata benchmarks``: what benchmarks there are, and how they are defined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli.options import BenchmarkName, Json
from negdata.cli.register import command

benchmarks_app = typer.Typer(
    help="Benchmark definitions: list, show and validate them.",
    no_args_is_help=True,
)


@command(benchmarks_app, "benchmarks ls")
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


@command(benchmarks_app, "benchmarks show")
def benchmarks_show(
    name: BenchmarkName,
    as_json: Json = False,
) -> None:
    """Print a definition's file: a start for your own."""
    from negdata import console
    from negdata.benchmark.definition import definition_file, load_definition

    if as_json:
        import orjson

        found = load_definition(name)
        console.json_line(orjson.dumps({"id": found.id, **found.model_dump(mode="json")}).decode())
    else:
        console.json_line(definition_file(name).read_text(encoding="utf-8").rstrip("\n"))


@command(benchmarks_app, "benchmarks validate")
def benchmarks_validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Your own definitions. Default: the shipped ones.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check definitions, and list every error at once."""
    from negdata import console
    from negdata.benchmark.definition import check_definitions, load_definitions

    found = check_definitions(files) if files else list(load_definitions())
    if as_json:
        import orjson

        console.json_line(orjson.dumps([one.id for one in found]).decode())
    else:
        console.line(f"{len(found)} definitions are valid: {', '.join(one.id for one in found)}")
