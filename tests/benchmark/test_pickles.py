"""Pickles: what is data comes out as it went in; whatever else does nothing, in little time and memory."""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import pickletools
import struct
import sys
import time
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.benchmark import pickles
from negdata.benchmark.pickle_machine import Machine
from negdata.benchmark.pickle_pattern import spells_plain_data
from negdata.benchmark.pickle_values import BrokenPickle
from negdata.benchmark.pickles import check_tree, load_plain_pickle
from negdata.errors import NegdataError
from tests.benchmark.python2_pickle import python2_pickle

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "refcocog" / "refs(umd).p"
PROTOCOLS = range(6)
REFS = [
    {
        "ref_id": number,
        "ann_id": 100 + number,
        "split": "val",
        "area": 3.5,
        "sentences": [{"sent": "the caf\u00e9 with no sign", "sent_id": number, "tokens": ["the", "caf\u00e9"]}],
    }
    for number in range(4)
]

numbers = st.integers(-(1 << 60), 1 << 60)
keys = st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | st.text() | st.binary()
scalars = keys | st.integers(-(1 << 500), 1 << 500)
plain = st.recursive(
    scalars | st.sets(keys) | st.frozensets(keys),
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner) | st.dictionaries(st.text(), inner)
    ),
    max_leaves=20,
)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "refs.p"
    path.write_bytes(content)
    return path


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(NegdataError) as caught:
        load_plain_pickle(written(folder, content))
    assert caught.value.remedy
    return caught.value.problem


def exactly(value: object) -> object:
    """What two values have to have in common: not only being equal, as 1 and True are."""
    if isinstance(value, dict):
        return "dict", [(exactly(key), exactly(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [exactly(item) for item in value]
    if isinstance(value, set | frozenset):
        return type(value).__name__, sorted(repr(item) for item in value)
    return type(value).__name__, repr(value)


@contextlib.contextmanager
def bounded(seconds: float = 2, megabytes: int = 64) -> Iterator[None]:
    """Fails where more time or memory is taken."""
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        taken, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < seconds
    assert peak < megabytes * 1_000_000


# What is data.


@given(value=plain, protocol=st.sampled_from(PROTOCOLS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_plain_data_comes_out_as_it_went_in(tmp_path: Path, value: object, protocol: int) -> None:
    path = written(tmp_path, pickle.dumps(value, protocol))
    assert exactly(load_plain_pickle(path)) == exactly(value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_refs_take_the_fast_way_and_both_ways_agree(protocol: int) -> None:
    content = pickle.dumps(REFS, protocol)
    assert spells_plain_data(content)
    assert Machine(content).run() == REFS


@pytest.mark.parametrize("size", [0, 1, 255, 256, 70_000])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_texts_of_any_length(tmp_path: Path, size: int, protocol: int) -> None:
    value = ["\u00e9" * size, "x" * size]
    content = pickle.dumps(value, protocol)
    assert load_plain_pickle(written(tmp_path, content)) == value == Machine(content).run()


@pytest.mark.parametrize("protocol", [0, 2])
@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b"val", "val"),
        ("caf\u00e9".encode(), "caf\u00e9"),
        ("caf\u00e9".encode("latin-1"), "caf\u00e9"),
        (b'it\'s "so"\n\t\\ \x00', 'it\'s "so"\n\t\\ \x00'),
        (b"x" * 300, "x" * 300),
    ],
)
def test_python_2s_texts(tmp_path: Path, protocol: int, text: bytes, read: str) -> None:
    value = [{b"sent": text, b"raw": "caf\u00e9 \\ \u4e2d", b"ids": [1, -2]}]
    content = python2_pickle(value, protocol)
    assert load_plain_pickle(written(tmp_path, content)) == [
        {"sent": read, "raw": "caf\u00e9 \\ \u4e2d", "ids": [1, -2]}
    ]


def test_a_value_in_two_places_is_in_both(tmp_path: Path) -> None:
    tokens = ["no", "hat"]
    assert load_plain_pickle(written(tmp_path, pickle.dumps([tokens, tokens], 2))) == [tokens, tokens]


@pytest.mark.skipif(not REAL.exists(), reason="RefCOCOg is not under ../shared/data")
def test_real_refs_take_the_fast_way() -> None:
    content = REAL.read_bytes()
    assert spells_plain_data(content)
    refs = load_plain_pickle(REAL)
    assert isinstance(refs, list)
    assert len(refs) == 2_573
    assert Machine(content).run() == refs


# What is more than data.


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self.call


class Stateful:
    """Pickles as an object with a state."""

    def __init__(self) -> None:
        self.attribute = 1


SYSTEM = b"cposix\nsystem\n"
TOUCH = b"X\x0c\x00\x00\x00touch canary"


def hostile() -> Iterator[tuple[str, bytes, str]]:
    """Name, bytes and what the error has to name."""
    touch = Calls(os.system, "touch canary")
    for protocol in PROTOCOLS:
        builtins = "__builtin__" if protocol < 3 else "builtins"
        yield f"os.system, {protocol}", pickle.dumps(touch, protocol), f"{os.system.__module__}.system"
        yield f"inside, {protocol}", pickle.dumps([1, {"refs": (2, [touch])}], protocol), "posix.system"
        evaluated = Calls(eval, "open('canary', 'w')")
        yield f"eval, {protocol}", pickle.dumps(evaluated, protocol), f"{builtins}.eval"
        chain = Calls(getattr, Calls(__import__, "os"), "system")
        yield f"getattr, {protocol}", pickle.dumps(chain, protocol), f"{builtins}.getattr"
        yield f"object, {protocol}", pickle.dumps(Stateful(), protocol), "copy_reg" if protocol < 2 else "Stateful"
        yield f"class, {protocol}", pickle.dumps(OrderedDict(a=1), protocol), "collections.OrderedDict"
    yield "a function alone", SYSTEM + b".", "posix.system"
    yield "names on the stack", b"\x80\x04\x8c\x05posix\x8c\x06system\x93" + TOUCH + b"\x85R.", "posix.system"
    yield "an instance", b"(" + TOUCH + b"iposix\nsystem\n.", "posix.system"
    yield "an instance of a known", b"(i__builtin__\nset\n.", "an object of a class"
    yield "OBJ", b"(" + SYSTEM + TOUCH + b"o.", "posix.system"
    yield "OBJ of text", b"(X\x01\x00\x00\x00ao.", "OBJ"
    yield "NEWOBJ of text", b"X\x01\x00\x00\x00a)\x81.", "NEWOBJ"
    yield "NEWOBJ_EX", b"X\x01\x00\x00\x00a)}\x92.", "NEWOBJ_EX"
    yield "BUILD of a dict", b"}}X\x0c\x00\x00\x00__setstate__K\x01sb.", "BUILD"
    yield "REDUCE of text", TOUCH + b")R.", "to call what is no function"
    yield "numpy", b"cnumpy.core.multiarray\n_reconstruct\n.", "numpy.core.multiarray._reconstruct"
    yield "copyreg", b"ccopyreg\n_reconstructor\n.", "copyreg._reconstructor"
    yield "a dotted name", b"\x80\x04\x8c\x08builtins\x8c\x13str.__class__.mro.x\x93.", "builtins.str.__class__.mro.x"
    yield "decode", b"c_codecs\ndecode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00hextR.", "_codecs.decode"
    yield "zip", b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00ziptR.", "_codecs.encode"
    yield "an encoding of lists", b"c_codecs\nencode\n(X\x01\x00\x00\x00a]tR.", "_codecs.encode"
    yield "bytes of a number", b"cbuiltins\nbytes\n(J\xff\xff\xff\x7ftR.", "builtins.bytes"
    yield "a function as data", b"(cbuiltins\nset\nl.", "callable"
    yield "a function as a key", b"}cbuiltins\nset\nK\x01s.", "key"
    yield "PERSID", b"Pposix.system\n.", "PERSID"
    yield "BINPERSID", TOUCH + b"Q.", "BINPERSID"
    yield "EXT1", b"\x80\x02\x82\xf0.", "EXT1"
    yield "EXT2", b"\x80\x02\x83\xf0\x00.", "EXT2"
    yield "EXT4", b"\x80\x02\x84\xf0\x00\x00\x00.", "EXT4"
    yield "buffers", b"\x80\x05\x97.", "NEXT_BUFFER"
    yield "bytearray", pickle.dumps(bytearray(b"x"), 5), "bytearray"
    yield "DUP", b"]2.", "DUP"
    yield "escapes of a terminal", b"cposix\x1b[2J\nsystem\n.", "posix?[2J.system"


@pytest.mark.parametrize(("content", "named"), [pytest.param(*rest, id=name) for name, *rest in hostile()])
def test_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, named: str) -> None:
    monkeypatch.chdir(tmp_path)
    with bounded():
        problem = refused(tmp_path, content)
    assert named in problem
    assert problem.isprintable()
    assert not (tmp_path / "canary").exists()


def test_the_canary_dies_where_python_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Calls(os.system, "touch canary")))
    assert (tmp_path / "canary").exists()


def test_nothing_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_by_a_pickle.py").write_text("open('canary', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert "wants imported_by_a_pickle.anything, at byte" in refused(tmp_path, b"cimported_by_a_pickle\nanything\n.")
    assert "imported_by_a_pickle" not in sys.modules
    assert not (tmp_path / "canary").exists()


def test_a_registered_extension_is_none_of_ours(tmp_path: Path) -> None:
    copyreg.add_extension("posix", "system", 240)
    try:
        content = b"\x80\x02\x82\xf0."
        assert pickle.loads(content) is os.system
        assert "registry of extensions" in refused(tmp_path, content)
    finally:
        copyreg.remove_extension("posix", "system", 240)


# What is no pickle, or a large one in a small file.


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\x80\x02]", "breaks off"),
        (b".", "ends with 0 values"),
        (b"))t.", "makes no sense"),
        (b"].]", "more follows on its end, at byte 2 of 3"),
        (b"\x80\x06].", "protocol 6"),
        (b'{"images": []}', "b'{' is no step of any protocol"),
        (b"PK\x03\x04 zip", "wants something from outside"),
        (b"(K\x01K\x02K\x03d.", "makes no sense"),
        (b"}]K\x01s.", "a key, or a member of a set"),
        (b"\x8f(]\x90.", "a key, or a member of a set"),
        (b"K\x01K\x02a.", "appends to what is no list"),
        (b"]K\x00K\x02s.", "sets a key of what is no dict"),
        (b"h\x05.", "makes no sense"),
        (b"I12", "breaks off"),
        (b"I1 2\n.", "a number that is none"),
        (b"(lp1\r\nI5\r\na.", "as Windows has them"),
        (b"S'abc\n.", "isn't quoted"),
        (b"S'a\\q'\n.", "isn't quoted"),
        (b"X\x01\x00\x00\x00\xff.", "a text that can't be decoded"),
        (b"F1.5x\n.", "makes no sense"),
        (b"\x86.", "a tuple of more than it has"),
    ],
)
def test_what_is_no_pickle(tmp_path: Path, content: bytes, told: str) -> None:
    assert told in refused(tmp_path, content)


@pytest.mark.parametrize("step", ["BINBYTES8", "BINUNICODE8", "BYTEARRAY8", "FRAME"])
def test_claims_of_eight_bytes(tmp_path: Path, step: str) -> None:
    content = getattr(pickle, step) + struct.pack("<Q", 1 << 60) + b"x."
    with bounded():
        problem = refused(tmp_path, content)
    assert "claims 1,152,921,504,606,846,976 bytes where 2 are left" in problem or step == "BYTEARRAY8"


@pytest.mark.parametrize("step", ["BINBYTES", "BINUNICODE", "BINSTRING", "LONG4"])
def test_claims_of_four_bytes(tmp_path: Path, step: str) -> None:
    """The largest: as a signed size, it is negative."""
    with bounded():
        problem = refused(tmp_path, getattr(pickle, step) + b"\xff\xff\xff\xffx.")
    assert "claims 4,294,967,295 bytes where 2 are left" in problem


def test_far_places_of_the_memo_take_no_memory(tmp_path: Path) -> None:
    for put, get in ((b"r\xff\xff\xff\xff", b"j\xff\xff\xff\xff"), (b"p4294967295\n", b"g4294967295\n")):
        with bounded():
            assert load_plain_pickle(written(tmp_path, b"(K\x01" + put + get + b"l.")) == [1, 1]


def laughs(empty: bytes, opened: bytes, closed: bytes) -> bytes:
    """Fifty containers, each of which holds the one before twice."""
    steps = [empty + b"q\x00"]
    for place in range(50):
        get = b"h" + bytes([place])
        steps.append(opened + get + get + closed + b"q" + bytes([place + 1]))
    return b"(" + b"".join(steps) + b"l."


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(laughs(b"]", b"](", b"e"), id="lists"),
        pytest.param(laughs(b")", b"(", b"t"), id="tuples"),
        pytest.param(laughs(b"}", b"}(K\x01", b"K\x02u").replace(b"h", b"h"), id="dicts"),
        pytest.param(b"(]q\x00(" + b"h\x00" * 3 + b"el.", id="a list that holds itself"),
        pytest.param(b"]" * 100_000 + b"a" * 99_999 + b".", id="deep lists"),
        pytest.param(b")" + b"\x85" * 200_000 + b".", id="deep tuples"),
        pytest.param(b"(" * 200_000 + b"l" * 200_000 + b".", id="deep marks"),
        pytest.param(b"}" + laughs(b")", b"(", b"t")[1:-2] + b"K\x01s.", id="a key that takes long to hash"),
        pytest.param(b"}" + b")" + b"\x85" * 200_000 + b"K\x01s.", id="a key too deep to hash"),
        pytest.param(b"\x8f(" + b")" + b"\x85" * 200_000 + b"\x90.", id="a member too deep to hash"),
        pytest.param(
            b"((" + b"".join(b"M" + struct.pack("<H", n) for n in range(5_000)) + b"lq\x00\x85q\x01"
            b"cbuiltins\nset\nq\x02" + b"h\x02h\x01R" * 5_000 + b"l.",
            id="many sets of one list",
        ),
        pytest.param(
            b"(X\x00\x10\x00\x00" + b"x" * 4096 + b"q\x00X\x06\x00\x00\x00latin1q\x03h\x00h\x03\x86q\x01"
            b"c_codecs\nencode\nq\x02" + b"h\x02h\x01R" * 20_000 + b"l.",
            id="many bytes of one text",
        ),
        pytest.param(
            b"}("
            + b"".join(
                b"\x8a\x10" + (n * ((1 << 61) - 1)).to_bytes(16, "little", signed=True) + b"N" for n in range(1, 30_000)
            )
            + b"u.",
            id="keys of one hash",
        ),
        pytest.param(b"\x8b\x00\x00\x10\x00" + b"\x7f" * (1 << 20) + b".", id="a huge integer"),
        pytest.param(b"I" + b"9" * 1_000_000 + b"\n.", id="huge digits"),
        pytest.param(b"L" + b"9" * 1_000_000 + b"L\n.", id="huge long digits"),
    ],
)
def test_bombs(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    with bounded(seconds=4, megabytes=256), pytest.raises(NegdataError) as caught:
        load_plain_pickle(path)
    assert len(str(caught.value)) < 600


def test_too_many_steps_and_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negdata.benchmark.pickle_pattern.MOST_CONTAINERS", 1_000)
    monkeypatch.setattr("negdata.benchmark.pickle_machine.MOST_STEPS", 1_500)
    lists = pickle.dumps([[]] * 400, 2).replace(b"q\x00", b"")
    assert load_plain_pickle(written(tmp_path, lists)) == [[]] * 400
    assert "more than 1,500 steps" in refused(tmp_path, b"(" + b"]" * 2_000 + b"l.")


def test_too_large_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MOST_FILE_BYTES", 100)
    assert "more than 100 bytes" in refused(tmp_path, pickle.dumps(["x" * 200]))


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, told in ((tmp_path, "no plain file"), (tmp_path / "none.p", "exist"), (tmp_path / "pipe", "no plain")):
        with pytest.raises(NegdataError, match=told):
            load_plain_pickle(path)


# Bytes of any kind.


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A pickle of refs of which some bytes are others, one piece stands elsewhere, or an end is missing."""
    value = draw(st.sampled_from([REFS, [(1, {b"x"}, frozenset({"y"})), REFS[:1]], {"a": [None, True, 1.5, 1 << 80]}]))
    protocol = draw(st.sampled_from(PROTOCOLS))
    content = bytearray(pickle.dumps(value, protocol))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content) - 1))
        content[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=6) | st.sampled_from(STEPS))
        if not content:
            return b"."
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


STEPS = [one.code.encode("latin-1") for one in pickletools.opcodes]
programs = st.lists(st.sampled_from(STEPS) | st.binary(max_size=5), max_size=30).map(b"".join)


@given(content=st.binary(max_size=60) | programs | mutated())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=500, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(NegdataError):
        load_plain_pickle(written(tmp_path, content))


FAST = frozenset(
    """PROTO FRAME MEMOIZE PUT BINPUT LONG_BINPUT GET BINGET LONG_BINGET MARK EMPTY_LIST EMPTY_DICT LIST DICT APPEND
    APPENDS SETITEM SETITEMS NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG FLOAT BINFLOAT STRING BINSTRING
    SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE STOP""".split()
)


@given(content=programs | mutated())
@settings(max_examples=500, deadline=None)
def test_the_pattern_sees_the_steps_that_python_sees(content: bytes) -> None:
    """Python's own list of steps tells them apart independently of the pattern."""
    if not spells_plain_data(content):
        return
    steps = []
    try:
        for step, argument, _ in pickletools.genops(content):
            steps.append(step.name)
            assert not ("MEMO" in step.name or "PUT" in step.name) or (argument or 0) < 1 << 22
    except (ValueError, UnicodeError):  # it decodes what the pattern passes over
        assert FAST.issuperset(steps)
        return
    assert FAST.issuperset(steps)
    assert steps[-1] == "STOP"


@given(content=programs | mutated())
@settings(max_examples=500, deadline=None)
def test_what_both_ways_read_is_the_same(content: bytes) -> None:
    if not spells_plain_data(content):
        return
    with contextlib.suppress(BrokenPickle, pickle.UnpicklingError, ValueError, AttributeError, TypeError, IndexError):
        by_machine = Machine(content).run()
        check_tree(by_machine, most=10_000)
        by_python = pickle.loads(content, encoding="utf-8")
        assert exactly(by_machine) == exactly(by_python)
