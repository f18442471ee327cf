"""Reads the YAML files that people edit: prompts, benchmark definitions, recipes; every error is told, none raised."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

_FLOAT = re.compile(r"^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$")
"""What YAML 1.1 takes for text, and everybody else for a number: 1e-5."""

_DEEPEST = 100
_TOO_DEEP = "it is nested too deeply"


def read_mapping(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The keys and values of a YAML file, empty where it can't be read; and what is wrong with it."""
    try:
        content, problem = read_value(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"it can't be read: {error}"]
    if problem:
        return {}, [problem]
    if not isinstance(content, dict):
        return {}, ["it is not a mapping of keys to values"]
    return content, []


def read_value(text: str) -> tuple[Any, str | None]:
    """What a text says in YAML; and what is wrong with it, where it says nothing."""
    import yaml

    try:
        return (None, _TOO_DEEP) if _too_deep(text) else (yaml.load(text, Loader=_loader()), None)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        return None, f"it is not valid YAML{where}: {getattr(error, 'problem', error)}"
    except ValueError as error:  # a date of no month, a number with no digits
        return None, f"it is not valid YAML: {error}"
    except RecursionError:
        return None, _TOO_DEEP


def _too_deep(text: str) -> bool:
    """Whether lists and mappings stand in each other so deeply that building them could end the process."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return True
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return False


@cache
def _loader() -> Any:
    """A safe one that reads numbers as JSON does, and takes no key twice."""
    import yaml

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def construct_mapping(self: Any, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return safe.construct_mapping(self, node, deep)

    loader: Any = type("Loader", (safe,), {"construct_mapping": construct_mapping})
    loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
    return loader


def said(error: Any) -> str:
    """One of pydantic's errors in words."""
    where = ".".join(map(str, error["loc"]))
    text = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return f"unknown key {where!r}"
    if error["type"] == "missing":
        return f"key {where!r} is missing"
    return f"{where}: {text}" if where else text
