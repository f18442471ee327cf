"""``negdata prompts``: what the models are asked."""

from __future__ import annotations

import typer

from negdata.cli.options import Json, Name, PromptFolder

prompts_app = typer.Typer(help="What the models are asked: list, show and validate prompts.", no_args_is_help=True)


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
    name: Name,
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
