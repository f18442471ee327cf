"""``negdata filter``: is it really absent?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from negdata.cli import completion
from negdata.cli.options import (
    INPUT,
    METHOD,
    RECORDS_HELP,
    VERIFY,
    AbsentBelow,
    ApiKeyEnv,
    BadRows,
    BaseUrl,
    BatchSize,
    CaptionColumn,
    Concurrency,
    Engine,
    Exclude,
    Fresh,
    ImageColumn,
    Images,
    InstancesFile,
    Json,
    Limit,
    MaxFailures,
    MaxPixels,
    NoCache,
    Out,
    PresentAbove,
    PromptFolder,
    RayAddress,
    RayWorkers,
    Rpm,
    Seed,
    Shard,
    SourceFormat,
    Timeout,
    Tpm,
    Verifier,
    VerifierModel,
    Votes,
    given,
    names,
)
from negdata.errors import ExitCode, NegdataError


def filter_records(
    out: Out,
    records: Annotated[
        Path | None,
        typer.Argument(
            metavar="RECORDS",
            help=f"{RECORDS_HELP} With --check-against it may be left out.",
            show_default=False,
        ),
    ] = None,
    source_format: SourceFormat = None,
    image_column: ImageColumn = None,
    caption_column: CaptionColumn = None,
    bad_rows: BadRows = "refuse",
    limit: Limit = None,
    shard: Shard = None,
    exclude: Exclude = None,
    captions: Annotated[
        Path | None,
        typer.Option(
            help="More captions of the same images: what one names as present isn't absent. Default: none.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None,
    without: Annotated[
        str,
        typer.Option(
            autocompletion=completion.several_of(completion.TEXT_CHECKS),
            help="Text checks to leave out, by reason code: empty, unsafe, ungrammatical, no-negation, duplicate, "
            "near-duplicate, contradiction. Default: none.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = "",
    marks: Annotated[
        Path | None,
        typer.Option(
            help="What people said of the records, exported from a report: wrong is rejected, right is kept unasked. "
            "Default: none.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    prompts: PromptFolder = None,
    verifier: Verifier = "",
    images: Images = None,
    instances: InstancesFile = None,
    model: VerifierModel = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    absent_below: AbsentBelow = 0.3,
    present_above: PresentAbove = 0.7,
    votes: Votes = 1,
    max_pixels: MaxPixels = 1_000_000,
    batch_size: BatchSize = 32,
    check_against: Annotated[
        Path | None,
        typer.Option(
            help="Measure the verifier instead: a COCO instances file, or questions in POPE's JSON lines. Default: "
            "none.",
            rich_help_panel=VERIFY,
            show_default=False,
        ),
    ] = None,
    per_image: Annotated[
        int,
        typer.Option(
            help="For --check-against an instances file: questions an image about present objects at most, and as "
            "many about absent ones.",
            rich_help_panel=VERIFY,
        ),
    ] = 3,
    seed: Seed = 0,
    concurrency: Concurrency = 8,
    rpm: Rpm = None,
    tpm: Tpm = None,
    timeout: Timeout = 120.0,
    max_failures: MaxFailures = 0.01,
    engine: Engine = "local",
    ray_address: RayAddress = None,
    workers: RayWorkers = None,
    fresh: Fresh = False,
    no_cache: NoCache = False,
    as_json: Json = False,
) -> None:
    """Keep the captions whose object is absent, and whose words are sound.

    Killed or interrupted, the same command goes on where it was. Rejected records go to OUT.rejected.jsonl with a
    reason (present, unsure, or that of a text check), failed ones to OUT.failed.jsonl with the error.
    """
    from negdata import console, shards
    from negdata.engines.settings import EngineSettings
    from negdata.filter import CheckSettings, FilterSettings, check_verifiers, filter_captions
    from negdata.verify import VerifySettings

    verifying = VerifySettings(
        verifiers=names(verifier),
        images=images,
        instances=instances,
        absent_below=absent_below,
        present_above=present_above,
        votes=votes,
        max_pixels=max_pixels,
        batch_size=batch_size,
        model=model,
        base_url=base_url,
        api_key_env=api_key_env,
        prompts=prompts,
    )
    shared: dict[str, Any] = {
        "source_format": source_format,
        "image_column": image_column,
        "caption_column": caption_column,
        "bad_rows": bad_rows,
        "limit": limit,
        "concurrency": concurrency,
        "rpm": rpm,
        "tpm": tpm,
        "timeout": timeout,
        "max_failures": max_failures,
        "fresh": fresh,
        "use_cache": not no_cache,
    }
    if check_against is not None:
        cleaning = (("--without", without), ("--captions", captions), ("--exclude", exclude), ("--marks", marks))
        for option, value in (*cleaning, ("--shard", shard), ("--engine", engine != "local")):
            if value:
                raise NegdataError(
                    f"{option} is given with --check-against, which keeps no captions.", f"Leave {option} out."
                )
        checking = CheckSettings(
            against=check_against,
            out=out,
            source=records,
            verify=verifying,
            per_image=per_image,
            seed=seed,
            **shared,
        )
        with console.progress("check") as (on_rows, on_progress):
            figures = check_verifiers(checking, on_progress=on_progress, on_rows=on_rows)
        if as_json:
            console.json_line(figures.model_dump_json())
        else:
            console.check_tables(figures)
        failed = figures.failed
    else:
        settings = FilterSettings(
            source=given(records, "RECORDS"),
            out=out,
            verify=verifying,
            without=names(without),
            captions=captions,
            exclude=tuple(exclude or ()),
            marks=marks,
            shard=None if shard is None else shards.Shard.parse(shard),
            engine=EngineSettings(engine=engine, ray_address=ray_address, workers=workers),
            **shared,
        )
        with console.progress("filter") as (on_rows, on_progress):
            summary = filter_captions(settings, on_progress=on_progress, on_rows=on_rows)
        if as_json:
            console.json_line(summary.model_dump_json(exclude_none=True))
        else:
            console.filter_summary(summary)
        failed = summary.failed
    if failed:
        console.shortfall(f"{failed:,} records failed, see {out}")
        raise typer.Exit(ExitCode.FAILURES)
