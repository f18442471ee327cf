"""``negdata prompts``: what the models are asked."""

from __future__ import annotations

import typer

from negdata.cli.options import Json, PromptFolder, PromptName
from negdata.cli.register import command

prompts_app = typer.Typer(help="What the models are asked: list, show and validate prompts.", no_args_is_help=True)


@command(prompts_app, "prompts ls")
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


@command(prompts_app, "prompts show")
def prompts_show(
    name: PromptName,
    prompts: PromptFolder = None,
    as_json: Json = False,
) -> None:
    """Print a prompt's file: a start for your own."""
    from negdata import console
    from negdata.prompts import load_prompt, prompt_file

    if as_json:
        import orjson

        prompt = load_prompt(name, prompts)
        console.json_line(orjson.dumps({"id": prompt.id, **prompt.model_dump(mode="json")}).decode())
    else:
        console.json_line(prompt_file(name, prompts).read_text(encoding="utf-8").rstrip("\n"))


@command(prompts_app, "prompts validate")
def prompts_validate(prompts: PromptFolder = None, as_json: Json = False) -> None:
    """Check every prompt, and list every error at once."""
    from negdata import console
    from negdata.prompts import load_prompts

    found = load_prompts(prompts)
    if as_json:
        import orjson

        console.json_line(orjson.dumps([one.id for one in found]).decode())
    else:
        console.line(f"{len(found)} prompts are valid: {', '.join(p.id for p in found)}")
