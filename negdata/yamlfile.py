"""Reads the YAML files that people edit: prompts, benchmark definitions, recipes; every error is told, none raised."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read_mapping(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The keys and values of a YAML file, empty where it can't be read; and what is wrong with it."""
    import yaml

    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"it can't be read: {error}"]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        return {}, [f"it is not valid YAML{where}: {getattr(error, 'problem', error)}"]
    except RecursionError:
        return {}, ["it is nested too deeply"]
    if not isinstance(content, dict):
        return {}, ["it is not a mapping of keys to values"]
    return content, []


def said(error: Any) -> str:
    """One of pydantic's errors in words."""
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"unknown key {where!r}"
    if error["type"] == "missing":
        return f"key {where!r} is missing"
    return f"{where}: {error['msg']}"
