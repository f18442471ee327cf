"""``negdata build-bench``: a benchmark from annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli import completion
from negdata.cli.options import (
    METHOD,
    VERIFY,
    AbsentBelow,
    ApiKeyEnv,
    BaseUrl,
    BatchSize,
    Concurrency,
    Fresh,
    Images,
    Json,
    MaxFailures,
    MaxPixels,
    NoCache,
    PresentAbove,
    PromptFolder,
    Rpm,
    Seed,
    Timeout,
    Tpm,
    VerifierModel,
    Votes,
    names,
)
from negdata.errors import ExitCode


def build_bench(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="A folder of RefCOCOg, RefCOCO or RefCOCO+ (refs(...).p and instances.json), or the same as JSON "
            "lines; for NegBench's benchmarks a COCO captions file.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="OUT.json; OUT.csv for NegBench's benchmarks.", show_default=False),
    ],
    definition: Annotated[
        str,
        typer.Option(
            autocompletion=completion.shipped_name("benchmark"),
            help="A shipped definition (negrefcocog, negrefcocog-strict, negbench-mcq, negbench-retrieval), or the "
            "path of your own.",
            rich_help_panel=METHOD,
        ),
    ] = "negrefcocog",
    split: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.one_of(completion.SPLITS),
            help="train, val, test, all, or another split of the dataset. Default: the definition's.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    split_by: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.one_of(completion.SPLITTERS),
            help="Who split the dataset: umd, google or unc. Default: the usual one.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    instances: Annotated[
        Path | None,
        typer.Option(
            help="For NegBench's benchmarks: a COCO instances file of the same images. Default: none.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    rich: Annotated[
        bool,
        typer.Option(
            "--rich",
            help="Also write cue, kind, position, category, tight boxes, ids and reasons of each item.",
            rich_help_panel=METHOD,
        ),
    ] = False,
    seed: Seed = 0,
    contact_sheet: Annotated[
        int,
        typer.Option(
            help="Items to draw in OUT.html, for people to look at; with --images on their images.",
            rich_help_panel=METHOD,
        ),
    ] = 0,
    prompts: PromptFolder = None,
    verifier: Annotated[
        str,
        typer.Option(
            autocompletion=completion.verifiers,
            help="Multimodal models that look at each crop, in turn, separated by commas: qwen-vl, llava, a path or "
            "hub name, ollama, openai; NAME=MODEL names the model. Default: words alone tell whether a phrase fits.",
            rich_help_panel=VERIFY,
            show_default=False,
        ),
    ] = "",
    images: Images = None,
    model: VerifierModel = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    absent_below: AbsentBelow = 0.3,
    present_above: PresentAbove = 0.7,
    votes: Votes = 1,
    max_pixels: MaxPixels = 1_000_000,
    batch_size: BatchSize = 32,
    concurrency: Concurrency = 8,
    rpm: Rpm = None,
    tpm: Tpm = None,
    timeout: Timeout = 120.0,
    max_failures: MaxFailures = 0.01,
    fresh: Fresh = False,
    no_cache: NoCache = False,
    as_json: Json = False,
) -> None:
    """Build a benchmark of negation from annotations.

    Beside OUT: OUT.md, what it is and in what it is biased; OUT.rejected.jsonl, every phrase with a cue that gave no
    item, with its reason; OUT.manifest.json, what made it.
    """
    from negdata import console
    from negdata.benchmark import BuildSettings, build_benchmark
    from negdata.verify import VerifySettings

    settings = BuildSettings(
        source=source,
        out=out,
        definition=definition,
        split=split,
        split_by=split_by,
        rich=rich,
        instances=instances,
        seed=seed,
        verify=VerifySettings(
            verifiers=names(verifier),
            images=images,
            absent_below=absent_below,
            present_above=present_above,
            votes=votes,
            max_pixels=max_pixels,
            batch_size=batch_size,
            model=model,
            base_url=base_url,
            api_key_env=api_key_env,
            prompts=prompts,
        ),
        contact_sheet=contact_sheet,
        concurrency=concurrency,
        rpm=rpm,
        tpm=tpm,
        timeout=timeout,
        max_failures=max_failures,
        fresh=fresh,
        use_cache=not no_cache,
    )
    with console.progress("build-bench") as (_, on_progress):
        summary = build_benchmark(settings, on_progress=on_progress)
    if as_json:
        console.json_line(summary.model_dump_json())
    else:
        console.build_summary(summary)
    if summary.reasons.get("unasked"):
        console.shortfall(f"{summary.reasons['unasked']:,} phrases couldn't be put to the verifier, see {summary.out}")
        raise typer.Exit(ExitCode.FAILURES)
