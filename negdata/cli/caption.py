"""``negdata caption``: captions that say what is absent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from negdata.cli import completion
from negdata.cli.options import (
    INPUT,
    METHOD,
    MODEL,
    RUN,
    SOURCE_HELP,
    VERIFY,
    AbsentBelow,
    ApiKeyEnv,
    Backend,
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
    Votes,
    names,
)
from negdata.errors import ExitCode


def caption(
    out: Out,
    source: Annotated[
        Path | None,
        typer.Argument(metavar="SOURCE", help=f"{SOURCE_HELP} Needed unless --standalone.", show_default=False),
    ] = None,
    source_format: SourceFormat = None,
    image_column: ImageColumn = None,
    caption_column: CaptionColumn = None,
    bad_rows: BadRows = "refuse",
    limit: Limit = None,
    shard: Shard = None,
    exclude: Exclude = None,
    offset: Annotated[int, typer.Option(help="Rows to pass over first.", rich_help_panel=INPUT)] = 0,
    vqa_questions: Annotated[
        Path | None,
        typer.Option(
            help="For --pipeline vqa: VQAv2 questions. Default: none.", rich_help_panel=INPUT, show_default=False
        ),
    ] = None,
    vqa_annotations: Annotated[
        Path | None,
        typer.Option(
            help="For --pipeline vqa: VQAv2 annotations. Default: none.", rich_help_panel=INPUT, show_default=False
        ),
    ] = None,
    backend: Backend = "rules",
    model: Annotated[
        str | None,
        typer.Option(
            help="The model's name, path or hub name. Default: the backend's.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    temperature: Annotated[float, typer.Option(help="Of the model's draws, 0 to 2.", rich_help_panel=MODEL)] = 0.6,
    top_p: Annotated[float, typer.Option(help="Of the model's draws, 0 to 1.", rich_help_panel=MODEL)] = 0.9,
    pipeline: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.PIPELINES),
            help="objects (absences one could have expected), random (any object), or vqa (visual questions that "
            "were answered no).",
            rich_help_panel=METHOD,
        ),
    ] = "objects",
    propose: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.one_of(completion.PROPOSERS),
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
    objects: Annotated[
        Path | None,
        typer.Option(
            help="Say only of these that they are absent, of each about as often: a text file with a name a line, or a "
            "COCO or LVIS instances file, whose categories are taken. Default: all of the vocabulary.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    likely: Annotated[
        bool,
        typer.Option(
            "--likely",
            help="Propose also what such images mostly show though captions don't say so: its absence tells most, and "
            "is false most often. Filter what comes out.",
            rich_help_panel=METHOD,
        ),
    ] = False,
    min_agreement: Annotated[
        int,
        typer.Option(help="For vqa: annotators of 10 who must have answered no.", rich_help_panel=METHOD),
    ] = 7,
    per_image: Annotated[
        int | None,
        typer.Option(
            help="For vqa: captions of its image that a question is folded into. Default: all.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    standalone: Annotated[
        bool,
        typer.Option(
            "--standalone", help="For vqa: each question becomes a caption of its own.", rich_help_panel=METHOD
        ),
    ] = False,
    steps: Annotated[
        str,
        typer.Option(
            autocompletion=completion.several_of(completion.STEPS),
            help="propose, rewrite or both; rows that already have 'negated' are only rewritten.",
            rich_help_panel=METHOD,
        ),
    ] = "propose,rewrite",
    contrast: Annotated[
        bool,
        typer.Option("--contrast", help="Also write a false caption for fine-tuning.", rich_help_panel=METHOD),
    ] = False,
    tries: Annotated[
        int,
        typer.Option(
            help="Attempts at a caption, and at an absent object, before it is rejected.", rich_help_panel=METHOD
        ),
    ] = 3,
    seed: Seed = 0,
    prompts: PromptFolder = None,
    verify: Annotated[
        str,
        typer.Option(
            autocompletion=completion.verifiers,
            help="Check each proposal before it is written about: verifiers as in negdata filter, in turn. "
            "Default: none.",
            rich_help_panel=VERIFY,
            show_default=False,
        ),
    ] = "",
    images: Images = None,
    instances: InstancesFile = None,
    verify_model: Annotated[
        str | None,
        typer.Option(help="The verifier's model. Default: the verifier's.", rich_help_panel=VERIFY, show_default=False),
    ] = None,
    verify_base_url: Annotated[
        str | None,
        typer.Option(
            help="The address of the verifier's server. Default: the verifier's.",
            rich_help_panel=VERIFY,
            show_default=False,
        ),
    ] = None,
    verify_api_key_env: Annotated[
        str | None,
        typer.Option(
            help="The name of the environment variable that holds that server's key. Default: the server's usual one.",
            rich_help_panel=VERIFY,
            show_default=False,
        ),
    ] = None,
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
    engine: Engine = "local",
    ray_address: RayAddress = None,
    workers: RayWorkers = None,
    fresh: Fresh = False,
    no_cache: NoCache = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate requests, tokens and cost; send nothing.", rich_help_panel=RUN)
    ] = False,
    price_in: Annotated[
        float | None,
        typer.Option(
            help="For --dry-run: price of a million tokens in. Default: none.", rich_help_panel=RUN, show_default=False
        ),
    ] = None,
    price_out: Annotated[
        float | None,
        typer.Option(
            help="For --dry-run: price of a million tokens out. Default: none.", rich_help_panel=RUN, show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write captions that say what is absent.

    Killed or interrupted, the same command goes on where it was. Rejected captions go to OUT.rejected.jsonl
    with a reason, failed ones to OUT.failed.jsonl with the error, and OUT.manifest.json says what made it all.
    """
    from negdata import console, shards
    from negdata.caption import CaptionSettings, caption_corpus, estimate_caption_run
    from negdata.engines.settings import EngineSettings
    from negdata.verify import VerifySettings

    verifying = VerifySettings(
        verifiers=names(verify),
        images=images,
        instances=instances,
        absent_below=absent_below,
        present_above=present_above,
        votes=votes,
        max_pixels=max_pixels,
        batch_size=batch_size,
        model=verify_model,
        base_url=verify_base_url,
        api_key_env=verify_api_key_env,
    )
    values: dict[str, Any] = {
        "source_format": source_format,
        "image_column": image_column,
        "caption_column": caption_column,
        "bad_rows": bad_rows,
        "vqa_questions": vqa_questions,
        "vqa_annotations": vqa_annotations,
        "backend": backend,
        "model": model,
        "base_url": base_url,
        "api_key_env": api_key_env,
        "pipeline": pipeline,
        "propose": propose,
        "candidates": candidates,
        "objects": objects,
        "likely": likely,
        "min_agreement": min_agreement,
        "per_image": per_image,
        "standalone": standalone,
        "steps": names(steps),
        "contrast": contrast,
        "limit": limit,
        "offset": offset,
        "shard": None if shard is None else shards.Shard.parse(shard),
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
        "verify": verifying,
        "exclude": tuple(exclude or ()),
        "engine": EngineSettings(engine=engine, ray_address=ray_address, workers=workers),
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
        console.shortfall(f"{summary.failed:,} of {summary.taken:,} captions failed, see {summary.out}")
        raise typer.Exit(ExitCode.FAILURES)
