"""Reads a pickle as data: containers, numbers, strings, and nothing that runs.

Python's own unpickler imports and calls what a file asks for, sets memory aside by the sizes that the file claims, and
hashes whatever stands for a key. It is fast, and used where every step of the file is seen to be harmless before the
first is taken; all other files go to a machine of our own, which has no step that could do harm.
"""

from __future__ import annotations

import contextlib
import pickle
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from negdata.benchmark.collecting import without_collecting
from negdata.benchmark.pickle_callables import SCALARS, Wish
from negdata.benchmark.pickle_machine import Machine
from negdata.benchmark.pickle_pattern import spells_plain_data
from negdata.benchmark.pickle_values import BrokenPickle
from negdata.benchmark.plain_file import plain_size
from negdata.errors import NegdataError
from negdata.sources.base import read_bytes

MOST_FILE_BYTES = 96 << 20
"""Twice what RefCOCOg's refs have in the longest spelling. It bounds the memory, to about fifteen times as much."""
MOST_VALUES = 16_000_000
"""RefCOCOg has two million."""
MOST_DEPTH = 100

_CONTAINERS = frozenset({dict, list, tuple, set, frozenset})
_PLAIN = SCALARS | _CONTAINERS
_REMEDY = "Download the file again, from where its authors publish it."


def load_plain_pickle(path: Path) -> object:
    """What a pickle of protocol 0 to 5 holds: dict, list, tuple, set, frozenset, str, bytes, numbers, bools and None.

    Keys of dicts and members of sets are str, bytes, numbers, bools or None. Python 2's ``str`` is read as UTF-8, or as
    Latin-1 where it is none.

    Raises:
        NegdataError: the file can't be read, is no pickle or a cut one, claims more bytes than it has, wants something
            imported, called or built, or unfolds to far more than its size.
    """
    data = _content(path)
    with without_collecting():
        try:
            value = _value(data)
            check_tree(value, most=min(MOST_VALUES, 4 * len(data) + 1_000))
        except Wish as wish:
            raise NegdataError(
                f"{path} wants {wish}: it is more than data, and nothing of it is used.",
                "Open it with nothing else, and take the file from where its authors publish it.",
            ) from None
        except BrokenPickle as broken:
            raise NegdataError(f"{path} is no pickle that can be read: {broken}.", _REMEDY) from None
    return value


class _Unpickler(pickle.Unpickler):
    """Python's own, for steps among which none imports; were there one, it would end here."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: object) -> NoReturn:
        raise pickle.UnpicklingError("persistent object")


def _value(data: bytes) -> object:
    if spells_plain_data(data):
        # What it finds broken, and Python 2's texts in other encodings than UTF-8, are the machine's to tell.
        with contextlib.suppress(Exception):
            return _Unpickler(BytesIO(data), encoding="utf-8").load()
    return Machine(data).run()


def _content(path: Path) -> bytes:
    if plain_size(path) > MOST_FILE_BYTES:
        raise NegdataError(f"{path} has more than {MOST_FILE_BYTES:,} bytes, the most that is read.", _REMEDY)
    return read_bytes(path)


def check_tree(value: object, most: int) -> None:
    """Refuses what is no tree of plain values.

    A memo lets a short pickle hold one list in many places, each of them holding the next: whoever walks through it
    walks without end. So what is held twice counts twice, and a list that holds itself nests too deeply.
    """
    level: list[Any] = [[value]]
    total = 0
    for _ in range(MOST_DEPTH + 1):
        deeper: list[Any] = []
        for container in level:
            total += len(container)
            if total > most:
                raise BrokenPickle(f"it unfolds to more than {most:,} values")
            children = container.values() if type(container) is dict else container
            kinds = set(map(type, children))
            if kinds <= SCALARS:
                continue
            if not kinds <= _PLAIN:
                raise Wish("to keep a callable among its data")
            deeper += [child for child in children if type(child) in _CONTAINERS]
        if not deeper:
            return
        level = deeper
    raise BrokenPickle(f"it nests more than {MOST_DEPTH} deep")
