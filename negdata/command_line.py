"""The command that says what a run's settings say: for the manifest, and to be run again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any


def command_line(command: str, arguments: Sequence[object], *groups: tuple[Any, Mapping[str, str]]) -> str:
    """The ``negdata`` command with the options of settings objects, those at their defaults left out.

    Args:
        command: its name.
        arguments: what comes before the options.
        groups: settings (dataclasses), each with the options of fields whose option isn't their name; "" leaves a
            field out. Several paths are the option several times, several names are one list.
    """
    words = ["negdata", command, *map(str, arguments)]
    for settings, spelled in groups:
        for field in fields(settings):
            option = spelled.get(field.name, f"--{field.name.replace('_', '-')}")
            value = getattr(settings, field.name)
            if not option or value in (None, ()) or (field.default is not MISSING and value == field.default):
                continue
            if isinstance(value, bool):
                words.append(option)
            elif isinstance(value, tuple) and isinstance(value[0], Path):
                words += [word for path in value for word in (option, str(path))]  # a path may hold commas
            else:
                words += [option, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    return shlex.join(words)
