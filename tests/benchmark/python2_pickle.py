"""Pickles as Python 2 wrote them: its ``str`` has steps of its own, which Python 3 reads and doesn't write."""

from __future__ import annotations

import pickle
import struct


def python2_pickle(value: object, protocol: int) -> bytes:
    """Lists, dicts, ints and texts by protocol 0 or 2; bytes stand for ``str``, and str for ``unicode``."""
    head = pickle.PROTO + bytes([protocol]) if protocol else b""
    return head + b"".join(_steps(value, protocol)) + pickle.STOP


def _steps(value: object, protocol: int) -> list[bytes]:
    match value:
        case bytes() if protocol == 0:
            return [pickle.STRING, repr(value).removeprefix("b").encode(), b"\n"]
        case bytes() if len(value) < 256:
            return [pickle.SHORT_BINSTRING, bytes([len(value)]), value]
        case bytes():
            return [pickle.BINSTRING, struct.pack("<i", len(value)), value]
        case str() if protocol == 0:
            escaped = value.replace("\\", "\\u005c").replace("\n", "\\u000a")
            return [pickle.UNICODE, escaped.encode("raw-unicode-escape"), b"\n"]
        case str():
            encoded = value.encode()
            return [pickle.BINUNICODE, struct.pack("<I", len(encoded)), encoded]
        case int() if protocol == 0:
            return [pickle.INT, b"%d\n" % value]
        case int():
            return [pickle.BININT, struct.pack("<i", value)]
        case list():
            items = [step for item in value for step in _steps(item, protocol)]
            return [pickle.EMPTY_LIST if protocol else b"(l", pickle.MARK, *items, pickle.APPENDS]
        case dict():
            pairs = [step for pair in value.items() for one in pair for step in _steps(one, protocol)]
            return [pickle.EMPTY_DICT if protocol else b"(d", pickle.MARK, *pairs, pickle.SETITEMS]
    raise TypeError(type(value))
