"""Tells at the speed of one pattern whether a pickle takes no step but those that spell plain data.

They are what RefCOCO's own files need: lists, dicts, texts, numbers. Left out is whatever imports, calls or builds, and
whatever makes of little what is large or slow: tuples (as keys, they hash all that they hold, again and again), numbers
of any length, and far places of the memo (up to which memory is set aside).
"""

from __future__ import annotations

import functools
import re

from negdata.benchmark.pickle_values import CODES, QUOTED

MOST_CONTAINERS = 4_000_000
"""RefCOCOg has 340,000, and as many marks. A byte makes an empty list, which takes sixty."""

_LONGEST = 255
_NEAR = rb"..[\x00-\x3f]\x00"
_NEAR_LINE = rb"(?:[0-9]{1,6}|[1-3][0-9]{6})\n"
_TEXT = CODES["BINUNICODE"]


def spells_plain_data(data: bytes) -> bool:
    """Whether Python's unpickler makes nothing of this but lists, dicts, texts and numbers, or finds it broken."""
    if sum(data.count(CODES[step]) for step in ("MARK", "EMPTY_LIST", "EMPTY_DICT")) > MOST_CONTAINERS:
        return False
    steps = _steps()
    at = 0
    while True:
        found = steps.match(data, at)
        assert found is not None, "no step at all is a match"
        at = found.end()
        if at >= len(data) or data[at] != _TEXT:
            return data[at:] == b"."
        at += 5 + int.from_bytes(data[at + 1 : at + 5], "little")


@functools.cache
def _steps() -> re.Pattern[bytes]:
    """Any number of steps; it stops at a text that is longer than those of which each length has its own part."""
    arguments = {
        "MEMOIZE": b"",
        "SHORT_BINUNICODE": _sized(1),
        "BINUNICODE": _sized(4),
        "LONG_BINPUT": _NEAR,
        "PUT": _NEAR_LINE,
        "BINPUT": b".",
        "BINGET": b".",
        "LONG_BINGET": _NEAR,
        "GET": _NEAR_LINE,
        **dict.fromkeys(("MARK", "APPEND", "APPENDS", "SETITEM", "SETITEMS"), b""),
        **dict.fromkeys(("EMPTY_LIST", "EMPTY_DICT", "LIST", "DICT", "NONE", "NEWTRUE", "NEWFALSE"), b""),
        "BININT1": b".",
        "BININT2": b"..",
        "BININT": b"....",
        "BINFLOAT": b".{8}",
        "INT": rb"(?:0[01]?|-?[1-9][0-9]{0,17})\n",
        "LONG": rb"(?:0|-?[1-9][0-9]{0,17})L?\n",
        "FLOAT": rb"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?\n",
        "SHORT_BINSTRING": _sized(1),
        "BINSTRING": _sized(4),
        "STRING": b"(?:" + QUOTED + rb")\n",
        "UNICODE": rb"[^\n]*+\n",
        "PROTO": rb"[\x00-\x05]",
        "FRAME": b".{8}",
    }
    steps = (re.escape(bytes([CODES[name]])) + argument for name, argument in arguments.items())
    return re.compile(b"(?:" + b"|".join(steps) + b")*+", re.DOTALL)


def _sized(width: int) -> bytes:
    """A text behind its size: one alternative for each size."""
    sizes = (re.escape(size.to_bytes(width, "little")) + b".{%d}" % size for size in range(_LONGEST + 1))
    return b"(?:" + b"|".join(sizes) + b")"
