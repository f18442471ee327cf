"""Writes docs/commands.md, the reference of every command, from the commands themselves.

python -m tests.docs.commands
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import typer

from negdata.cli import app
from negdata.cli.examples import EXAMPLES
from negdata.cli.register import BENCHMARK, LOOK, MAKE, OTHER, START, TRAIN
from tests.cli.commands import arguments, commands, options

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
_HEAD = """\
# Commands

<!-- Written by `python -m tests.docs.commands`; a test compares. -->

Every command has `--help` (`-h`), `--quiet` (`-q`: nothing but errors and what was asked for) and `--verbose` (`-v`:
also where caches are, what is asked again and why, and what an error came of). The last two may stand before the
command too. `--json` prints one JSON object instead of tables. `negdata --install-completion` lets the Tab key complete
commands, options and their values. Colours follow `NO_COLOR` and `FORCE_COLOR`.

Exit codes: 0 all is well, 1 finished with failures, 2 wrong usage or input, 130 interrupted. Each command is a function
as well ([Python](python.md)).
"""
_PANELS = (START, MAKE, BENCHMARK, TRAIN, LOOK, OTHER)
_DEFAULT = re.compile(r"\s*Default: (.*?)\.?$")
_TYPES = {"Path": "path", "str": "text", "int": "number", "float": "number", "bool": ""}


def page() -> str:
    """The whole page."""
    found = commands()
    panels: dict[str, list[str]] = defaultdict(list)
    for name in found:
        panels[_panel(name)].append(name)
    assert set(panels) == set(_PANELS)
    parts = [_HEAD, "".join(f"{_contents(panel, panels[panel])}\n" for panel in _PANELS)]
    for panel in _PANELS:
        parts.append(f"## {panel}\n")
        parts += [_section(name, found[name]) for name in panels[panel]]
    return "\n".join(parts)


def _panel(name: str) -> str:
    """The panel of the top-level help in which a command, or its group, stands."""
    top: Any = typer.main.get_command(app)
    return str(top.commands[name.split()[0]].rich_help_panel)


def _contents(panel: str, names: list[str]) -> str:
    links = " · ".join(f"[{name}](#negdata-{name.replace(' ', '-')})" for name in names)
    return f"- **{panel}**: {links}"


def _section(name: str, command: Any) -> str:
    taken = [one.metavar if one.required else f"[{one.metavar}]" for one in arguments(command)]
    usage = " ".join(["negdata", name, *taken, "[OPTIONS]"])
    lines = [f"### negdata {name}", "", command.help, "", "```text", usage, "```", ""]
    if arguments(command):
        lines += _table("argument", [(f"`{one.metavar}`", *_told(one)) for one in arguments(command)])
    by_panel: dict[str, list[Any]] = defaultdict(list)
    for one in options(command):
        by_panel[one.rich_help_panel or ""].append(one)
    for panel, several in by_panel.items():
        lines += _table(panel.lower() or "option", [(_spelled(one), *_told(one)) for one in several])
    return "\n".join([*lines, "```bash", *EXAMPLES[name], "```", ""])


def _table(first: str, rows: list[tuple[str, str, str, str]]) -> list[str]:
    head = [f"| {first} | | default | |", "|---|---|---|---|"]
    return [*head, *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows), ""]


def _spelled(one: Any) -> str:
    """All spellings of an option, the long ones first."""
    names = sorted((*one.opts, *one.secondary_opts), key=lambda name: not name.startswith("--"))
    return ", ".join(f"`{name}`" for name in names)


def _told(one: Any) -> tuple[str, str, str]:
    return (_kind(one), *_default_and_help(one))


def _kind(one: Any) -> str:
    """What is to be given, and whether several may be."""
    if one.param_type_name == "option" and one.is_bool_flag:
        return "flag"
    bare = re.sub(r"^list\[(.*)\]$", r"\1", one.bare_type())
    kind = _TYPES[bare]
    named = f"{kind} {one.metavar}" if one.param_type_name == "option" and one.metavar else kind
    return f"{named}, several" if one.nargs == -1 or getattr(one, "multiple", False) else named


def _default_and_help(one: Any) -> tuple[str, str]:
    said = _DEFAULT.search(one.help)
    words = _DEFAULT.sub("", one.help)
    if one.required:
        return "required", words
    if said is not None:
        return said[1], words
    if one.param_type_name == "option" and one.is_bool_flag:
        return "off", words
    if one.default in (None, ""):
        return "none", words
    shown = (
        f"{one.default:,}"
        if isinstance(one.default, int)
        else f"{one.default:g}"
        if isinstance(one.default, float)
        else one.default
    )
    return f"`{shown}`", words


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written to {PAGE}")
