"""``--set KEY=VALUE``: single values of a recipe, replaced for one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from negdata.errors import NegdataError
from negdata.shipped_yaml import listed
from negdata.train.recipe import Recipe
from negdata.train.recipes import error_text, nearest_key, recipe_keys
from negdata.yamlfile import read_value

_FIXED = frozenset({"name", "version"})


def with_overrides(recipe: Recipe, overrides: Sequence[str]) -> Recipe:
    """The recipe with some of its values replaced, checked as a file is.

    Args:
        recipe: stays as it is.
        overrides: ``key=value``: a dotted key (``optimizer.lr``), and its value as YAML writes it: ``1e-5``, ``null``,
            ``[0.5, 1]``, ``{captions: 1, swaps: 0, images: 0, margin: 0}``.

    Raises:
        NegdataError: an override has no known key or doesn't fit; every error is listed.
    """
    values = recipe.model_dump(mode="json")
    problems: list[str] = []
    given: list[str] = []
    for override in overrides:
        key, equals, text = override.partition("=")
        key = key.strip()
        problem = _key_problem(override, key, equals, given) or _put(values, key, text)
        if problem:
            problems.append(problem)
        given.append(key)
    changed = recipe
    try:
        changed = Recipe.model_validate(values)
    except ValidationError as invalid:
        problems += [error_text(error) for error in invalid.errors()]
    if problems:
        raise NegdataError(
            listed(problems, f"what --set says of the recipe {recipe.name}"),
            "Give --set KEY=VALUE with a key of the recipe; `negdata recipes show NAME` prints them.",
        )
    return changed


def _key_problem(override: str, key: str, equals: str, given: Sequence[str]) -> str | None:
    if not key or not equals:
        return f"{override!r} is not KEY=VALUE"
    if key in _FIXED:
        return f"{key!r} names the recipe's file and can't be set: copy the file to make a recipe of your own"
    if key not in recipe_keys():
        near = nearest_key(key)
        return f"unknown key {key!r}" + (f"; did you mean {near!r}?" if near else "")
    for other in given:
        if key == other:
            return f"{key!r} is set twice"
        if key.startswith(f"{other}.") or other.startswith(f"{key}."):
            return f"{other!r} and {key!r} are both set, and one is part of the other"
    return None


def _put(values: dict[str, Any], key: str, text: str) -> str | None:
    """Puts a value in its place; what is wrong where it has none."""
    value, problem = read_value(text)
    if problem:
        return f"{key}: {text.strip()!r} can't be read: {problem}"
    *sections, last = key.split(".")
    place = values
    for depth, section in enumerate(sections, 1):
        inner = place[section]
        if inner is None:
            whole = ".".join(sections[:depth])
            parts = ", ".join(f"{one.rpartition('.')[2]}: …" for one in recipe_keys() if one.startswith(f"{whole}."))
            return f"{key!r} can't be set, since this recipe's {whole} is null: give it whole, {whole}={{{parts}}}"
        place = inner
    place[last] = value
    return None
