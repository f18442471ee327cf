"""Whether outputs are one whole: all shards of one run, each once, or one folder of parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.manifest import other_settings
from negdata.merging.inputs import AGAIN, Input, open_input, shard_of
from negdata.merging.problems import SHOWN, Problems
from negdata.shards import Shard

_OF_ONE = "Give outputs of one run that --shard divided."


def open_whole(paths: Sequence[Path]) -> list[Input]:
    """The outputs at these paths, which are one whole as far as their manifests tell.

    Raises:
        NegdataError: an output is missing, isn't finished or was made with other settings, a shard is missing or there
            twice, or they don't add up; all of it at once.
    """
    problems = Problems()
    found: list[Input] = []
    shards: list[Shard | None] = []
    for path in paths:
        try:
            one = open_input(path)
            shards.append(shard_of(one))
            found.append(one)
        except NegdataError as error:
            problems.take(error)
    for one in found:
        if one.manifest.state != "finished" and not one.is_parts:
            problems.add(f"{one.path} isn't finished (its state is {one.manifest.state})", AGAIN)
    _check_settings(found, problems)
    numbered = [shard for shard in shards if shard is not None]
    if len(numbered) < len(found):
        _refuse_unnumbered(found, shards, problems)
    elif numbered:
        # An output that can't be read may be the shard that is missing.
        _check_shards(found, numbered, problems, all_read=len(found) == len(paths))
    if numbered and not problems.count:
        _check_sum(found, problems)
    problems.raise_any()
    return found


def shared_settings(one: Input) -> dict[str, JsonValue]:
    """The settings that all shards of a run have."""
    return {name: value for name, value in one.manifest.settings.items() if name != "shard"}


def _check_settings(found: Sequence[Input], problems: Problems) -> None:
    for one in found[1:]:
        first = found[0]
        commands = [" ".join(each.manifest.command.split()[:2]) for each in (first, one)]
        if commands[0] != commands[1]:
            problems.add(f"{first.path} is of {commands[0]}, and {one.path} of {commands[1]}", _OF_ONE)
            continue
        differ = other_settings(shared_settings(first), shared_settings(one))
        if differ:
            listed = ", ".join(f"{name} is {left} in the one and {right} in the other" for name, left, right in differ)
            problems.add(f"{first.path} and {one.path} were made with other settings: {listed}", _OF_ONE)


def _refuse_unnumbered(found: Sequence[Input], shards: Sequence[Shard | None], problems: Problems) -> None:
    if len(found) == 1 and found[0].is_parts:
        return
    for one, shard in zip(found, shards, strict=True):
        if shard is None:
            problems.add(f"{one.path} was not made with --shard", "Give all shards of one run, or one folder of parts.")


def _check_shards(found: Sequence[Input], shards: Sequence[Shard], problems: Problems, *, all_read: bool) -> None:
    of = shards[0].of
    of_one = all(shard.of == of for shard in shards)
    there: dict[int, Input] = {}
    for one, shard in zip(found, shards, strict=True):
        if shard.of != of:
            problems.add(f"{found[0].path} is shard {shards[0]}, and {one.path} is shard {shard}", _OF_ONE)
        elif shard.index in there:
            problems.add(f"shard {shard} is there twice: {there[shard.index].path} and {one.path}", "Give one of them.")
        there.setdefault(shard.index, one)
    lacking = of - len(there)
    if lacking and of_one and all_read:
        missing = (number for number in range(1, of + 1) if number not in there)  # of may be a thousand million
        named = ", ".join(str(Shard(number, of)) for number in islice(missing, SHOWN))
        more = f" and {lacking - SHOWN:,} more" if lacking > SHOWN else ""
        problems.add(
            f"{lacking:,} of {of:,} shards are missing: {named}{more}"
            if lacking > 1
            else f"the shard {named} is missing",
            "Make it with the same command and that --shard, or name it too.",
        )


def _check_sum(found: Sequence[Input], problems: Problems) -> None:
    wholes = [one.manifest.extra.get("whole") for one in found]
    for one, whole in zip(found, wholes, strict=True):
        if whole != wholes[0]:
            problems.add(
                f"the shards of {found[0].path} have {wholes[0]} records together, those of {one.path} {whole}",
                "Give each the same --limit, and run those again that had another.",
            )
    together = sum(one.counts.accounted for one in found)
    if not problems.count and together != wholes[0]:
        problems.add(f"the shards have {together:,} records together, where there are {wholes[0]}", AGAIN)
