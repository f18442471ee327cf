"""Finds and checks recipes: the shipped ones of train/*.yaml, and one's own."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from negdata.shipped_yaml import YamlKind
from negdata.train.recipe import Recipe
from negdata.yamlfile import said


def load_recipe(name: str) -> Recipe:
    """A shipped recipe by its name, or one's own by the path of its file.

    Raises:
        NegdataError: there is no such recipe, or it is wrong; every error is listed.
    """
    return _FILES.own(name) or _FILES.named(name, load_recipes())


@lru_cache(maxsize=1)
def load_recipes() -> tuple[Recipe, ...]:
    """The shipped recipes by name; NegdataError lists every error of all of them."""
    return _FILES.shipped()


def recipe_file(name: str) -> Path:
    """The file of a shipped recipe."""
    return _FILES.file(name)


def check_recipes(paths: Sequence[Path]) -> list[Recipe]:
    """The recipes of one's own files; NegdataError lists every error of all of them."""
    return _FILES.valid(paths)


@cache
def recipe_keys() -> tuple[str, ...]:
    """Every key of a recipe, dotted: ``batches``, ``batches.size`` and so on."""
    return tuple(_keys(Recipe, ""))


def nearest_key(key: str) -> str | None:
    """The known key that was meant, as far as can be told; a last part alone is enough."""
    last = key.rpartition(".")[2]
    known = recipe_keys()
    whole = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
    parts = {one.rpartition(".")[2]: one for one in reversed(known)}
    similar = difflib.get_close_matches(last, parts, n=1, cutoff=0.6)
    if last in parts:
        return parts[last]
    return whole[0] if whole else parts[similar[0]] if similar else None


def error_text(error: Any) -> str:
    """One of pydantic's errors about a recipe in words; an unknown key with the one that was meant."""
    if error["type"] == "model_type":
        return f"{'.'.join(map(str, error['loc']))}: it should be a mapping of keys to values"
    text = said(error)
    if error["type"] == "extra_forbidden":
        near = nearest_key(".".join(map(str, error["loc"])))
        return f"{text}; did you mean {near!r}?" if near else text
    return text


def _keys(schema: type[BaseModel], prefix: str) -> list[str]:
    found = []
    for name, field in schema.model_fields.items():
        found.append(prefix + name)
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += _keys(kind, f"{prefix}{name}.")
    return found


_FILES = YamlKind("train", Recipe, "recipe", option="--recipe", show="negdata recipes show", say=error_text)
