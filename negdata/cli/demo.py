"""``negdata demo``: the whole way, from nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli.options import MODEL, ApiKeyEnv, Backend, BaseUrl, Fresh, Json, Seed


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder that everything is written to.")] = Path(
        "negdata-demo"
    ),
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
    scenes: Annotated[int, typer.Option(help="Scenes to draw to train on, two captions each.")] = 1_200,
    seed: Seed = 0,
    fresh: Fresh = False,
    as_json: Json = False,
) -> None:
    """See it work: a drawn world, captions, a judge, a benchmark, fine-tuning and its gain.

    No network, no GPU, no key; about two minutes on two cores. Every step is printed as the command that does the same
    with your own images. The models are small ones that ship with negdata and know only this world.
    """
    from negdata import console
    from negdata.demo import DemoSettings, run_demo

    settings = DemoSettings(
        out=out,
        backend=backend,
        model=model,
        base_url=base_url,
        api_key_env=api_key_env,
        scenes=scenes,
        seed=seed,
        fresh=fresh,
    )
    if as_json:
        console.json_line(run_demo(settings).model_dump_json())
        return
    with console.DemoSteps() as steps:
        report = run_demo(settings, on_step=steps.begin, on_told=steps.tell, on_progress=steps.advance)
    console.demo_report(report)
