"""How a function becomes a command: its help in paragraphs, its examples, and the options that every command has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from negdata.cli.examples import EXAMPLES
from negdata.cli.options import OUTPUT
from negdata.errors import NegdataError

START, MAKE, BENCHMARK, TRAIN, LOOK, OTHER = "Start", "Make data", "Benchmark", "Train", "Look", "Other"
"""Panels of commands, in the order in which one comes to them."""
_EXAMPLE_WIDTH = 76

Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Say nothing but errors and what was asked for.", rich_help_panel=OUTPUT),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Also say where caches are, what is asked again and why, and what an error came of.",
        rich_help_panel=OUTPUT,
    ),
]
_EVERYWHERE = {"quiet": Quiet, "verbose": Verbose}
_Function = TypeVar("_Function", bound=Callable[..., None])


def command(app: typer.Typer, words: str, *, panel: str | None = None) -> Callable[[_Function], _Function]:
    """Makes a function a command.

    Args:
        app: the whole app, or a group's.
        words: of the command, as they are typed: ``caption``, ``prompts ls``.
        panel: of the help in which the command stands.
    """

    def register(function: _Function) -> _Function:
        app.command(
            words.split()[-1],
            help=paragraphs(function),
            epilog=epilog(EXAMPLES[words]),
            rich_help_panel=panel,
        )(_heard(function))
        return function

    return register


def set_voice(*, quiet: bool, verbose: bool) -> None:
    """Decides how much is said; NegdataError where it should be both less and more."""
    if quiet and verbose:
        raise NegdataError("--quiet and --verbose are both given.", "Give one of them.")
    if quiet or verbose:
        from negdata import console

        console.speak(quiet=quiet, verbose=verbose)


def paragraphs(function: Callable[..., object]) -> str:
    """A docstring whose paragraphs are a line each, so that they fill any terminal."""
    text = inspect.cleandoc(function.__doc__ or "")
    return "\n\n".join(" ".join(one.split()) for one in text.split("\n\n"))


def epilog(examples: tuple[str, ...]) -> str:
    """Examples under a help text, broken between options as a shell reads them."""
    return "\n\n".join(["[bold]Examples[/bold]", *(_broken(one) for one in examples)])


def _broken(example: str) -> str:
    parts = [part if at == 0 else f"-{part}" for at, part in enumerate(example.split(" -"))]
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 1 <= _EXAMPLE_WIDTH:
            lines[-1] += f" {part}"
        else:
            lines[-1] += " \\"
            lines.append(f"    {part}")
    return "\n".join(lines)


def _heard(function: Callable[..., None]) -> Callable[..., None]:
    """The function with ``--quiet`` and ``--verbose``, which may stand before and behind a command's name.

    Paths that are addresses of files elsewhere reach it as such.
    """
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    own = [one.replace(annotation=hints[one.name]) for one in signature.parameters.values()]
    further = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in _EVERYWHERE.items()
    ]

    @functools.wraps(function)
    def heard(*, quiet: bool = False, verbose: bool = False, **options: Any) -> None:
        set_voice(quiet=quiet, verbose=verbose)
        function(**{name: _placed(value) for name, value in options.items()})

    del heard.__wrapped__  # its signature would be taken for this one's
    heard.__signature__ = inspect.Signature([*own, *further])  # type: ignore[attr-defined]
    heard.__annotations__ = {one.name: one.annotation for one in (*own, *further)}
    return heard


def _placed(value: Any) -> Any:
    """The value of an option, with addresses in place of the paths that they were taken for."""
    from negdata.remote import place

    if isinstance(value, Path):
        return place(value)
    if isinstance(value, list) and value and isinstance(value[0], Path):
        return [place(one) for one in value]
    return value
