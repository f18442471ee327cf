"""The ``negdata`` command. A command parses, calls one function of the package and prints; no logic lives here."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from negdata import __version__
from negdata.errors import ExitCode, NegdataError
from negdata.interrupts import leave

app = typer.Typer(
    name="negdata",
    help='Teaches CLIP what "no" means: negation-aware captions from any captioned images.',
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
prompts_app = typer.Typer(help="What the models are asked: list, show and validate prompts.", no_args_is_help=True)
app.add_typer(prompts_app, name="prompts")

SOURCE_HELP = "Captions: COCO JSON, JSONL, CSV/TSV, parquet, or a folder of images with a .txt beside each."
FORMAT_HELP = "coco, jsonl, csv, parquet or folder. Default: recognised."
PROMPTS_HELP = "A folder of your own prompts; each replaces the shipped one of its name. Default: the shipped ones."
JSON_HELP = "Print one JSON object for machines instead of tables."
INPUT, MODEL, METHOD, PACE, RUN = "Input", "Model", "Method", "Pace", "Run"

Source = Annotated[Path, typer.Argument(metavar="SOURCE", help=SOURCE_HELP, show_default=False)]
SourceFormat = Annotated[str | None, typer.Option(help=FORMAT_HELP, rich_help_panel=INPUT, show_default=False)]
ImageColumn = Annotated[
    str | None,
    typer.Option(
        help="The image column of a table. Default: its usual names.", rich_help_panel=INPUT, show_default=False
    ),
]
CaptionColumn = Annotated[
    str | None,
    typer.Option(
        help="The caption column of a table. Default: its usual names.", rich_help_panel=INPUT, show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
PromptFolder = Annotated[
    Path | None, typer.Option("--prompts", help=PROMPTS_HELP, rich_help_panel=METHOD, show_default=False)
]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """What every command shares."""
    if version:
        typer.echo(f"negdata {__version__}")
        raise typer.Exit


@app.command()
def caption(
    source: Source,
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            help="OUT.jsonl for caption records, or OUT.json for the COCO layout with updated_caption.",
            show_default=False,
        ),
    ],
    source_format: SourceFormat = None,
    image_column: ImageColumn = None,
    caption_column: CaptionColumn = None,
    bad_rows: Annotated[
        str,
        typer.Option(
            help="Rows that can't be used: refuse (stop before starting) or fail (set aside in OUT.failed.jsonl).",
            rich_help_panel=INPUT,
        ),
    ] = "refuse",
    limit: Annotated[
        int | None, typer.Option(help="Rows to take. Default: all.", rich_help_panel=INPUT, show_default=False)
    ] = None,
    offset: Annotated[int, typer.Option(help="Rows to pass over first.", rich_help_panel=INPUT)] = 0,
    backend: Annotated[
        str,
        typer.Option(
            help="rules (embedded: no model, no network), ollama, openai (any server of that protocol), "
            "llamacpp or transformers (in this process).",
            rich_help_panel=MODEL,
        ),
    ] = "rules",
    model: Annotated[
        str | None,
        typer.Option(
            help="The model's name, path or hub name. Default: the backend's.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(help="The server's address. Default: the backend's.", rich_help_panel=MODEL, show_default=False),
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option(
            help="The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    temperature: Annotated[float, typer.Option(help="Of the model's draws, 0 to 2.", rich_help_panel=MODEL)] = 0.6,
    top_p: Annotated[float, typer.Option(help="Of the model's draws, 0 to 1.", rich_help_panel=MODEL)] = 0.9,
    pipeline: Annotated[
        str,
        typer.Option(help="objects (absences one could have expected) or random (any object).", rich_help_panel=METHOD),
    ] = "objects",
    propose: Annotated[
        str | None,
        typer.Option(
            help="Who proposes the object: model or cooccurrence. Default: model, for rules cooccurrence.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    candidates: Annotated[
        int,
        typer.Option(
            help="Plausible objects that a model picks from, at most; 0 leaves it free.", rich_help_panel=METHOD
        ),
    ] = 24,
    steps: Annotated[
        str,
        typer.Option(
            help="propose, rewrite or both; rows that already have 'negated' are only rewritten.",
            rich_help_panel=METHOD,
        ),
    ] = "propose,rewrite",
    contrast: Annotated[
        bool,
        typer.Option("--contrast", help="Also write a false caption for fine-tuning.", rich_help_panel=METHOD),
    ] = False,
    tries: Annotated[
        int, typer.Option(help="Attempts at a caption before it is rejected.", rich_help_panel=METHOD)
    ] = 3,
    seed: Annotated[int, typer.Option(help="All random choices follow from it.", rich_help_panel=METHOD)] = 0,
    prompts: PromptFolder = None,
    concurrency: Annotated[int, typer.Option(help="Requests in flight at most.", rich_help_panel=PACE)] = 8,
    rpm: Annotated[
        int | None,
        typer.Option(help="Requests a minute at most. Default: no limit.", rich_help_panel=PACE, show_default=False),
    ] = None,
    tpm: Annotated[
        int | None,
        typer.Option(help="Tokens a minute at most. Default: no limit.", rich_help_panel=PACE, show_default=False),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for one request.", rich_help_panel=PACE)] = 120.0,
    max_failures: Annotated[
        float,
        typer.Option(help="Share of failed captions that stops the run, once 100 are in.", rich_help_panel=PACE),
    ] = 0.01,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over instead of going on where OUT stopped.", rich_help_panel=RUN)
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither store nor reuse model replies.", rich_help_panel=RUN)
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate requests, tokens and cost; send nothing.", rich_help_panel=RUN)
    ] = False,
    price_in: Annotated[
        float | None,
        typer.Option(help="For --dry-run: price of a million tokens in.", rich_help_panel=RUN, show_default=False),
    ] = None,
    price_out: Annotated[
        float | None,
        typer.Option(help="For --dry-run: price of a million tokens out.", rich_help_panel=RUN, show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write captions that say what is absent.

    Killed or interrupted, the same command goes on where it was. Rejected captions go to OUT.rejected.jsonl
    with a reason, failed ones to OUT.failed.jsonl with the error, and OUT.manifest.json says what made it all.
    """
    from negdata import console
    from negdata.caption import CaptionSettings, caption_corpus, estimate_caption_run

    values: dict[str, Any] = {
        "source_format": source_format,
        "image_column": image_column,
        "caption_column": caption_column,
        "bad_rows": bad_rows,
        "backend": backend,
        "model": model,
        "base_url": base_url,
        "api_key_env": api_key_env,
        "pipeline": pipeline,
        "propose": propose,
        "candidates": candidates,
        "steps": tuple(step.strip() for step in steps.split(",") if step.strip()),
        "contrast": contrast,
        "limit": limit,
        "offset": offset,
        "tries": tries,
        "seed": seed,
        "temperature": temperature,
        "top_p": top_p,
        "concurrency": concurrency,
        "rpm": rpm,
        "tpm": tpm,
        "timeout": timeout,
        "max_failures": max_failures,
        "fresh": fresh,
        "use_cache": not no_cache,
        "prompts": prompts,
    }
    settings = CaptionSettings(source=source, out=out, **values)
    with console.progress("caption") as (on_rows, on_progress):
        if dry_run:
            estimated = estimate_caption_run(settings, price_in=price_in, price_out=price_out, on_rows=on_rows)
        else:
            summary = caption_corpus(settings, on_progress=on_progress, on_rows=on_rows)
    if dry_run:
        if as_json:
            console.json_line(estimated.model_dump_json())
        else:
            console.estimate_table(estimated, price_in, price_out)
        return
    if as_json:
        console.json_line(summary.model_dump_json(exclude_none=True))
    else:
        console.caption_summary(summary)
    if summary.failed:
        raise typer.Exit(ExitCode.FAILURES)


@app.command()
def stats(
    corpus: Source,
    source_format: SourceFormat = None,
    caption_column: CaptionColumn = None,
    examples: Annotated[int, typer.Option(help="Examples of each cue (in the JSON output).", min=0)] = 3,
    as_json: Json = False,
) -> None:
    """Count the captions and words of a corpus that negate, by cue."""
    from negdata import console
    from negdata.caption.statistics import source_statistics

    with console.progress("stats") as (on_rows, _):
        statistics, unusable = source_statistics(
            corpus,
            source_format=source_format,
            caption_column=caption_column,
            examples_per_cue=examples,
            on_rows=on_rows,
        )
    if as_json:
        console.json_line(statistics.model_dump_json())
    else:
        console.statistics_table(statistics, unusable)


@prompts_app.command("ls")
def prompts_ls(prompts: PromptFolder = None, as_json: Json = False) -> None:
    """List the prompts."""
    from negdata import console
    from negdata.prompts import load_prompts

    found = load_prompts(prompts)
    if as_json:
        import orjson

        rows = [
            {"name": p.name, "id": p.id, "variables": list(p.variables), "description": p.description} for p in found
        ]
        console.json_line(orjson.dumps(rows).decode())
    else:
        console.prompt_table(found)


@prompts_app.command("show")
def prompts_show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The prompt's name, as prompts ls prints it.", show_default=False)
    ],
    prompts: PromptFolder = None,
) -> None:
    """Print a prompt's file: a start for your own."""
    from negdata import console
    from negdata.prompts import prompt_file

    console.json_line(prompt_file(name, prompts).read_text(encoding="utf-8").rstrip("\n"))


@prompts_app.command("validate")
def prompts_validate(prompts: PromptFolder = None) -> None:
    """Check every prompt, and list every error at once."""
    from negdata import console
    from negdata.prompts import load_prompts

    found = load_prompts(prompts)
    console.line(f"{len(found)} prompts are valid: {', '.join(p.id for p in found)}")


def main() -> None:
    """The console entry point: errors are two sentences and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except NegdataError as problem:
        from negdata import console

        console.error(problem)
        leave(problem.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        leave(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe has left; a second error at interpreter exit would only add noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILURES)


if __name__ == "__main__":
    main()
