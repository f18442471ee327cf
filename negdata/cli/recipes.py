"""``negdata recipes``: how a CLIP can be fine-tuned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli.options import Json, RecipeName
from negdata.cli.register import command

recipes_app = typer.Typer(help="Recipes of fine-tuning: list, show and validate them.", no_args_is_help=True)


@command(recipes_app, "recipes ls")
def recipes_ls(as_json: Json = False) -> None:
    """List the shipped recipes."""
    from negdata import console
    from negdata.train.recipes import load_recipes

    found = load_recipes()
    if as_json:
        import orjson

        rows = [
            {
                "name": one.name,
                "id": one.id,
                "trained": one.trained.layers,
                "epochs": one.epochs,
                "batch": one.batches.size,
                "lr": one.optimizer.lr,
                "contrast": one.contrast is not None,
                "title": one.title,
            }
            for one in found
        ]
        console.json_line(orjson.dumps(rows).decode())
    else:
        console.recipe_table(found)


@command(recipes_app, "recipes show")
def recipes_show(
    name: RecipeName,
    as_json: Json = False,
) -> None:
    """Print a recipe's file: a start for your own."""
    from negdata import console
    from negdata.train.recipes import load_recipe, recipe_file

    if as_json:
        import orjson

        recipe = load_recipe(name)
        console.json_line(orjson.dumps({"id": recipe.id, **recipe.model_dump(mode="json")}).decode())
    else:
        console.json_line(recipe_file(name).read_text(encoding="utf-8").rstrip("\n"))


@command(recipes_app, "recipes validate")
def recipes_validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Your own recipes. Default: the shipped ones.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check recipes, and list every error at once."""
    from negdata import console
    from negdata.train.recipes import check_recipes, load_recipes

    found = check_recipes(files) if files else list(load_recipes())
    if as_json:
        import orjson

        console.json_line(orjson.dumps([one.id for one in found]).decode())
    else:
        console.line(f"{len(found)} recipes are valid: {', '.join(one.id for one in found)}")
