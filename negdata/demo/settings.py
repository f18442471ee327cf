"""What the demonstration is told: every option of ``negdata demo``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.backends import BACKENDS
from negdata.command_line import command_line
from negdata.errors import NegdataError, unknown_name

SCENES, CAPTIONS = 1_200, 2
"""Scenes to train on, and captions of each at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """The options of a demonstration; the defaults are the command line's.

    Attributes:
        out: the folder that everything is written to.
        backend: what writes the captions: a name in ``negdata.backends.BACKENDS``.
        model: the backend's model: a name, a path or a hub name.
        base_url: where the server is, for backends that have one.
        api_key_env: the name of the environment variable that holds the key.
        scenes: how many are drawn to train on.
        seed: all random choices follow from it.
        fresh: starts over instead of going on.
    """

    out: Path = Path("negdata-demo")
    backend: str = "rules"
    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    scenes: int = SCENES
    seed: int = 0
    fresh: bool = False

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.backend not in BACKENDS:
            raise unknown_name("backend", self.backend, BACKENDS)
        if self.out.exists() and not self.out.is_dir():
            raise NegdataError(f"The output {self.out} is a file.", "Give the path of a folder.")
        for option, number, low, high in (("scenes", self.scenes, 100, 100_000), ("seed", self.seed, 0, 2**31 - 1)):
            if not low <= number <= high:
                raise NegdataError(f"--{option} is {number}.", f"Give a number from {low:,} to {high:,}.")

    @property
    def command_line(self) -> str:
        """The ``negdata demo`` command that says the same, options at their defaults left out."""
        return command_line("demo", [], (self, {"fresh": ""}))
