"""The values that a pickle spells out: numbers and texts, in every spelling of protocols 0 to 5."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pickletools import opcodes

MOST_INTEGER_BYTES = 64
MOST_DIGITS = 160
"""What so many bytes can have in decimals, and a sign."""
CODES = {one.name: ord(one.code) for one in opcodes}
QUOTED = rb"""'(?:[^'\\\n]|\\[\\'"nrt]|\\x[0-9a-f]{2})*+'|"(?:[^"\\\n]|\\[\\'"nrt]|\\x[0-9a-f]{2})*+\""""
"""How Python 2's protocol 0 spells a text."""

Read = Callable[[bytes, int], tuple[object, int]]
"""Reads the value that stands at a place; gives it, and the place behind it."""

_DOUBLE = struct.Struct(">d")
_DECIMAL = re.compile(rb"0|-?[1-9][0-9]*+")
_STRING = re.compile(QUOTED)
_ESCAPE = re.compile(rb"\\(x..|.)")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class BrokenPickle(ValueError):
    """Why bytes are no pickle."""


def line_at(data: bytes, at: int) -> tuple[bytes, int]:
    """A line without its end, and the place behind that; protocol 0 spells in lines."""
    end = data.find(b"\n", at)
    if end < 0:
        raise BrokenPickle("it breaks off")
    return data[at:end], end + 1


def block_at(data: bytes, at: int, width: int) -> tuple[bytes, int]:
    """What follows its own size, which is written in ``width`` bytes.

    Raises:
        BrokenPickle: it claims to be larger than what is left of the file. Nothing of that size is set aside.
    """
    start = at + width
    end = start + int.from_bytes(data[at:start], "little")
    if end > len(data):
        raise BrokenPickle(f"it claims {end - start:,} bytes where {max(0, len(data) - start):,} are left")
    return data[start:end], end


def decimal(line: bytes) -> int:
    """A number, spelled as Python spells it: no spaces, no zeros in front."""
    if len(line) > MOST_DIGITS:
        raise BrokenPickle(f"it holds an integer of {len(line):,} digits; at most {MOST_DIGITS} are read")
    if line.endswith(b"\r"):
        raise BrokenPickle("its lines end as Windows has them: a transfer as text changed it")
    if not _DECIMAL.fullmatch(line):
        raise BrokenPickle("it holds a number that is none")
    return int(line)


def _integer(size: int, *, signed: bool) -> Read:
    return lambda data, at: (int.from_bytes(data[at : at + size], "little", signed=signed), at + size)


def _long(width: int) -> Read:
    def read(data: bytes, at: int) -> tuple[int, int]:
        block, end = block_at(data, at, width)
        if len(block) > MOST_INTEGER_BYTES:
            raise BrokenPickle(f"it holds an integer of {len(block):,} bytes; at most {MOST_INTEGER_BYTES} are read")
        return int.from_bytes(block, "little", signed=True), end

    return read


def _bytes(width: int) -> Read:
    return lambda data, at: block_at(data, at, width)


def _text(width: int, decode: Callable[[bytes], str]) -> Read:
    def read(data: bytes, at: int) -> tuple[str, int]:
        block, end = block_at(data, at, width)
        return decode(block), end

    return read


def _of_python3(text: bytes) -> str:
    """Halves of characters that UTF-16 splits in two pass, as they do in Python's own reader and writer."""
    return text.decode("utf-8", "surrogatepass")


def _of_python2(text: bytes) -> str:
    """Python 2's ``str`` doesn't say what encoding it is in."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _quoted(data: bytes, at: int) -> tuple[str, int]:
    line, end = line_at(data, at)
    if not _STRING.fullmatch(line):
        raise BrokenPickle("it holds a text that isn't quoted as Python 2 does")
    return _of_python2(_ESCAPE.sub(_unescaped, line[1:-1])), end


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return bytes.fromhex(escape[1:].decode()) if len(escape) > 1 else _ESCAPED.get(escape, escape)


def _line_of_text(data: bytes, at: int) -> tuple[str, int]:
    line, end = line_at(data, at)
    return line.decode("raw-unicode-escape"), end


def _line_of_integer(data: bytes, at: int) -> tuple[int, int]:
    line, end = line_at(data, at)
    return (line == b"01") if line in (b"00", b"01") else decimal(line), end


def _line_of_long(data: bytes, at: int) -> tuple[int, int]:
    line, end = line_at(data, at)
    return decimal(line.removesuffix(b"L")), end


def _line_of_float(data: bytes, at: int) -> tuple[float, int]:
    line, end = line_at(data, at)
    return float(line), end


def _double(data: bytes, at: int) -> tuple[float, int]:
    (value,) = _DOUBLE.unpack(data[at : at + 8])
    return value, at + 8


SPELLED: dict[int, Read] = {
    CODES["NONE"]: lambda data, at: (None, at),
    CODES["NEWTRUE"]: lambda data, at: (True, at),
    CODES["NEWFALSE"]: lambda data, at: (False, at),
    CODES["INT"]: _line_of_integer,
    CODES["LONG"]: _line_of_long,
    CODES["FLOAT"]: _line_of_float,
    CODES["BININT"]: _integer(4, signed=True),
    CODES["BININT1"]: _integer(1, signed=False),
    CODES["BININT2"]: _integer(2, signed=False),
    CODES["LONG1"]: _long(1),
    CODES["LONG4"]: _long(4),
    CODES["BINFLOAT"]: _double,
    CODES["STRING"]: _quoted,
    CODES["BINSTRING"]: _text(4, _of_python2),
    CODES["SHORT_BINSTRING"]: _text(1, _of_python2),
    CODES["UNICODE"]: _line_of_text,
    CODES["BINUNICODE"]: _text(4, _of_python3),
    CODES["SHORT_BINUNICODE"]: _text(1, _of_python3),
    CODES["BINUNICODE8"]: _text(8, _of_python3),
    CODES["BINBYTES"]: _bytes(4),
    CODES["SHORT_BINBYTES"]: _bytes(1),
    CODES["BINBYTES8"]: _bytes(8),
}
"""Step → what reads the value that it spells. LONG4 and BINSTRING have signed sizes; negative ones read as huge."""
