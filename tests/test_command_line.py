"""The command that says what settings say: defaults left out, everything quoted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from negdata.command_line import command_line


@dataclass
class Settings:
    needed: str
    max_things: int = 3
    name: str | None = None
    parts: tuple[str, ...] = ("a", "b")
    fast: bool = False
    use_cache: bool = True
    made: list[int] = field(default_factory=list)
    files: tuple[Path, ...] = ()


SPELLED = {"needed": "", "use_cache": "--no-cache", "made": ""}


def words(settings: Settings) -> list[str]:
    return shlex.split(command_line("do", ("in.jsonl", "-o", Path("out file")), (settings, SPELLED)))


def test_defaults_are_left_out() -> None:
    assert words(Settings("x")) == ["negdata", "do", "in.jsonl", "-o", "out file"]


def test_what_differs_is_an_option() -> None:
    given = Settings("x", max_things=0, name="two words", parts=("c",), fast=True, use_cache=False, made=[1])
    assert words(given)[5:] == [
        *("--max-things", "0", "--name", "two words", "--parts", "c"),
        *("--fast", "--no-cache"),
    ]


def test_nothing_is_said_of_what_is_not_given() -> None:
    assert words(Settings("x", name=None, parts=()))[5:] == []


def test_several_paths_are_an_option_each() -> None:
    said = words(Settings("x", files=(Path("a, b.json"), Path("c.json"))))[5:]
    assert said == ["--files", "a, b.json", "--files", "c.json"]


def test_groups_follow_one_another() -> None:
    line = command_line(
        "do", (), (Settings("x", fast=True), SPELLED), (Settings("y", max_things=1), {"needed": "--it", "made": ""})
    )
    assert shlex.split(line) == ["negdata", "do", "--fast", "--it", "y", "--max-things", "1"]


@given(name=st.text(min_size=1), number=st.integers())
def test_any_value_is_one_word(name: str, number: int) -> None:
    said = words(Settings("x", max_things=number, name=name))[5:]
    expected = [*(["--max-things", str(number)] if number != 3 else []), "--name", name]
    assert said == expected
