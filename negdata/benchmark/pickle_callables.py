"""What a pickle may name: the callables by which protocols below 4 spell bytes and sets. Their work is done here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Sized
from dataclasses import dataclass
from types import NoneType
from typing import Any

from negdata.benchmark.pickle_values import BrokenPickle
from negdata.sources.base import shorten

SCALARS = frozenset({str, bytes, int, float, bool, NoneType})
LARGEST_KEY = 1 << 60
"""Smaller numbers have a hash of their own; of larger ones thousands can share one, which makes a dict slow."""


class Wish(Exception):
    """What a pickle asks for that is no data; reads on from "wants"."""


@dataclass(frozen=True, slots=True)
class Known:
    """A callable that a pickle named; ``make`` does its work."""

    make: Callable[[tuple[Any, ...]], Sized]


def known(module: str, name: str) -> Known:
    """What stands for the callable of this name; Wish where it is none of the few."""
    found = _KNOWN.get((module, name))
    if found is None:
        raise Wish(_printable(f"{module}.{name}"))
    return found


def check_keys(keys: Collection[object]) -> None:
    """Refuses keys and members that may take long to hash or to tell apart.

    A tuple's hash is counted anew each time, through all that it holds, and with a memo a short pickle makes one that
    holds billions.
    """
    kinds = set(map(type, keys))
    if kinds == {str}:
        return
    if not kinds <= SCALARS:
        raise BrokenPickle("it has a key, or a member of a set, that is neither text nor a number")
    if int in kinds and any(isinstance(key, int) and abs(key) > LARGEST_KEY for key in keys):
        raise BrokenPickle(f"it has a number above {LARGEST_KEY:,} for a key, or in a set,")


def _members(arguments: tuple[Any, ...]) -> Sequence[object]:
    members = arguments[0] if arguments else []
    if len(arguments) > 1 or type(members) not in (list, tuple):
        raise BrokenPickle("it makes a set of what is no list")
    check_keys(members)
    return members


def _encoded(arguments: tuple[Any, ...]) -> bytes:
    """Bytes, as the text whose characters have their numbers."""
    text, encoding = arguments
    if type(text) is not str or type(encoding) is not str or encoding not in ("latin1", "latin-1"):
        raise Wish("_codecs.encode with another encoding than Latin-1")
    return text.encode("latin-1")


def _empty_bytes(arguments: tuple[Any, ...]) -> bytes:
    if arguments:
        raise Wish("builtins.bytes of something")
    return b""


def _printable(text: str) -> str:
    """A name that a file gives may hold what a terminal obeys."""
    return shorten("".join(c if c.isprintable() else "?" for c in text), 120)


_KNOWN: dict[tuple[str, str], Known] = {
    ("_codecs", "encode"): Known(_encoded),
    **{
        (module, name): Known(make)
        for module in ("builtins", "__builtin__")
        for name, make in (
            ("set", lambda arguments: set(_members(arguments))),
            ("frozenset", lambda arguments: frozenset(_members(arguments))),
            ("bytes", _empty_bytes),
        )
    },
}
