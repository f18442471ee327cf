"""Every command of the Typer app, as it is made for the command line."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

import typer

from negdata.cli import app

EVERYWHERE = ("quiet", "verbose")


def commands() -> dict[str, Any]:
    """Each command by its words: ``caption``, ``data export`` …; groups are not among them."""
    return dict(_below(typer.main.get_command(app), ()))


def options(command: Any) -> list[Any]:
    """The options of a command that are its own, not those that every command has."""
    return [one for one in command.params if one.param_type_name == "option" and one.name not in EVERYWHERE]


def arguments(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "argument"]


def flag(option: Any) -> str:
    """How an option is written out: ``--top-p``."""
    return next(str(name) for name in option.opts if name.startswith("--"))


def parameter(option: Any) -> str:
    """The name that an option or argument has in Python: ``top_p``, and ``for_`` where Python has the word itself."""
    name = flag(option)[2:].replace("-", "_") if option.param_type_name == "option" else option.name
    return f"{name}_" if keyword.iskeyword(name) else str(name)


def _below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _below(inner, (*words, name))
    else:
        yield " ".join(words), command
