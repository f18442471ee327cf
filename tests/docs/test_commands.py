"""docs/commands.md says what the commands are."""

from __future__ import annotations

from tests.cli.commands import commands, flag, options
from tests.docs.commands import PAGE, page


def test_the_page_is_what_the_commands_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.commands"


def test_every_option_is_on_it() -> None:
    written = page()
    for name, command in commands().items():
        section = written.partition(f"### negdata {name}\n")[2].partition("\n### ")[0]
        assert all(f"`{flag(one)}`" in section for one in options(command)), name
