"""``negdata eval``: scores on benchmarks, with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from negdata.cli import completion
from negdata.cli.options import (
    INPUT,
    METHOD,
    MODEL,
    PACE,
    ApiKeyEnv,
    Architecture,
    BaseUrl,
    Device,
    Images,
    Json,
    QuickGelu,
    Seed,
    Workers,
)
from negdata.errors import ExitCode


def evaluate_models(
    benches: Annotated[
        list[Path],
        typer.Argument(
            metavar="BENCH...",
            help="Files of benchmarks (NegRefCOCOg, VALSE, NegBench, COCO captions, POPE), or a folder with a folder "
            "of images for each class.",
            show_default=False,
        ),
    ],
    model: Annotated[
        list[str],
        typer.Option(
            help="A CLIP: a folder, a file of weights or a hub name. For POPE a verifier: qwen-vl, llava, a path, "
            "ollama, openai. Several, each with its own --model, are compared.",
            show_default=False,
        ),
    ],
    images: Images = None,
    suite: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.one_of(completion.SUITES),
            help="What the benchmarks are: negrefcocog, valse … Default: recognised.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(
            help="A file of class names, for a folder of classes. Default: the folders' names.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(
            help="A file of sentences with {} for the class. Default: those of CLIP's authors.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = None,
    scoring: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.SCORINGS),
            help="strict: ties are shared, NaN is an error, candidates are shown in shuffled order. paper: as the "
            "published evaluator does, where the first of those that tie wins.",
            rich_help_panel=METHOD,
        ),
    ] = "strict",
    baseline: Annotated[
        str | None,
        typer.Option(
            help="The model that the others are compared with. Default: each with each.",
            rich_help_panel=METHOD,
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    crop: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.CROPS),
            help="model: as the model's own preprocessing does it. letterbox: nothing is cut off.",
            rich_help_panel=MODEL,
        ),
    ] = "model",
    architecture: Architecture = None,
    quick_gelu: QuickGelu = None,
    device: Device = "auto",
    dtype: Annotated[
        str,
        typer.Option(
            autocompletion=completion.one_of(completion.EVAL_DTYPES),
            help="auto, float32, bfloat16 or float16.",
            rich_help_panel=MODEL,
        ),
    ] = "auto",
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            help="Crops, or questions, that a model takes at once. Default: 64, on a CPU 8; 32 questions.",
            rich_help_panel=PACE,
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Write here, as JSON lines, what each model made of each item. Default: none.",
            show_default=False,
            metavar="FILE",
        ),
    ] = None,
    as_json: Json = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            help="Write all figures here as CSV; - prints them instead of tables. Default: none.",
            show_default=False,
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Score models on benchmarks, with intervals, chance, the best blind rule and published scores.

    Exit code 1 says that a score is partial: some images couldn't be read.
    """
    from negdata import console
    from negdata.benchmark.evaluate import EvalSettings, as_csv, evaluate_together

    prints_csv = csv is not None and str(csv) == "-"
    names: dict[str, Any] = {"scoring": scoring, "crop": crop}
    settings = EvalSettings(
        benches=tuple(benches),
        models=tuple(model),
        images=images,
        suite=suite,
        classes=classes,
        templates=templates,
        baseline=baseline,
        architecture=architecture,
        quick_gelu=quick_gelu,
        device=device,
        dtype=dtype,
        batch_size=batch_size,
        workers=workers,
        seed=seed,
        predictions=predictions,
        csv=None if prints_csv else csv,
        base_url=base_url,
        api_key_env=api_key_env,
        **names,
    )
    with console.progress("eval") as (_, on_progress):
        report = evaluate_together(settings, on_progress=on_progress, on_notice=console.warning)
    if report is None:  # one of several processes that isn't the first
        return
    if as_json:
        console.json_line(report.model_dump_json())
    elif prints_csv:
        console.lines(as_csv(report))
    else:
        console.evaluation(report)
    if report.partial:
        console.partial_scores(report)
        raise typer.Exit(ExitCode.FAILURES)
