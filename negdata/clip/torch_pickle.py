"""Reads the pickle inside a file of weights and runs nothing that it names.

What torch.save and torch.jit.save write describes tensors (which storage, from where on, in what shape) and holds plain
containers, numbers and strings. The unpickler here makes descriptions of the first and takes the second; any other
global that a pickle names ends the reading, before it is imported.
"""

from __future__ import annotations

import pickle
import pickletools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NoReturn

from negdata.errors import NegdataError

MOST_BYTES = 8 << 20
"""A thousand tensors take a third of a megabyte."""
_DTYPES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
_OPCODES = frozenset(
    "PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT "
    "BINFLOAT UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 EMPTY_LIST LIST APPEND "
    "APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT DICT SETITEM SETITEMS EMPTY_SET ADDITEMS FROZENSET GET "
    "BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE GLOBAL STACK_GLOBAL REDUCE BUILD NEWOBJ BINPERSID".split()
)
_PUTS = ("PUT", "BINPUT", "LONG_BINPUT")
_GETS = ("GET", "BINGET", "LONG_BINGET")
_DEEPEST = 100
_MOST_DIMENSIONS = 8


class ForeignObject(NegdataError):
    """A pickle names a Python object that weights have no use for."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as a pickle describes it; nothing of it has been checked against the file.

    Attributes:
        key: the storage that it lies in.
        dtype: the name of torch's dtype.
        stored: how many numbers the storage has.
        offset: the number of the storage with which the tensor begins.
    """

    key: str
    dtype: str
    stored: int
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class ScriptModule:
    """A module of a TorchScript archive: its attributes by name, and no code.

    Attributes:
        kind: the name of its class, such as ``QuickGELU``.
    """

    kind = ""
    attributes: dict[object, object]

    def __new__(cls) -> ScriptModule:
        made = super().__new__(cls)
        made.attributes = {}
        return made

    def __setstate__(self, state: object) -> None:
        self.attributes = state if isinstance(state, dict) else {}


@dataclass(frozen=True, slots=True)
class _Storage:
    dtype: str


class _Call:
    """A function that a pickle may call; the pickle can't change it."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, *arguments: object) -> object:
        return self._function(*arguments)

    def __setstate__(self, _state: object) -> NoReturn:
        raise pickle.UnpicklingError("a function is given a state")


def read_pickle(content: bytes, where: str) -> object:
    """What a pickle of weights describes: containers of ``StoredTensor``, ``ScriptModule`` and plain values.

    Args:
        where: the file, for errors.

    Raises:
        ForeignObject: it names anything else.
        NegdataError: it is damaged.
    """
    if len(content) > MOST_BYTES:
        raise NegdataError(
            f"{where} describes its tensors in {len(content):,} bytes; at most {MOST_BYTES:,} are read.",
            "Give a file that holds a model's weights and nothing else.",
        )
    try:
        _check_opcodes(content)
        return _Unpickler(content, where).load()
    except NegdataError:
        raise
    except Exception as error:  # hostile bytes make the unpickler raise nearly anything
        raise NegdataError(
            f"{where} is damaged: what describes its tensors can't be read ({type(error).__name__}).", "Fetch it again."
        ) from error


def _check_opcodes(content: bytes) -> None:
    """Only what torch writes; no memo that fills the memory, no tuples so deep that hashing them ends the process."""
    count = 0
    stack: list[int] = []  # how deep each value's tuples are; -1 is a mark
    memo: dict[int, int] = {}
    for opcode, argument, _ in pickletools.genops(content):
        count += 1
        if opcode.name not in _OPCODES:
            raise pickle.UnpicklingError(f"opcode {opcode.name}")
        taken = _taken(opcode, stack)
        depth = max(taken, default=0) + opcode.name.startswith("TUPLE")
        if opcode.name == "MEMOIZE":
            memo[len(memo)] = depth
        elif opcode.name in _PUTS:
            memo[int(argument or 0)] = stack[-1]
        elif opcode.name in _GETS:
            depth = memo[int(argument or 0)]
        if depth > _DEEPEST:
            raise pickle.UnpicklingError("tuples in tuples")
        stack += [-1] if opcode.name == "MARK" else [depth] * len(opcode.stack_after)
    if max(memo, default=0) > count:
        raise pickle.UnpicklingError("a memo that is larger than the pickle")


def _taken(opcode: pickletools.OpcodeInfo, stack: list[int]) -> list[int]:
    """Takes off the stack what an opcode does."""
    before = list(opcode.stack_before)
    taken = []
    if pickletools.markobject in before:
        while (top := stack.pop()) >= 0:
            taken.append(top)
        before = before[: before.index(pickletools.markobject)]
    return taken + [stack.pop() for _ in before]


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: bytes, where: str) -> None:
        super().__init__(BytesIO(content))
        self._where = where
        self._known: dict[tuple[str, str], object] = {}

    def find_class(self, module: str, name: str) -> Any:
        found = self._known.get((module, name))
        if found is None:
            found = self._known[module, name] = _stand_in(module, name)
        if found is None:
            raise ForeignObject(
                f"{self._where} isn't read: it names the Python object {_shown(module, name)}, which weights "
                "have no use for and which might run code; nothing of it was run.",
                "If you trust whoever made it, have them save the weights alone: as .safetensors, or with "
                "torch.save(model.state_dict(), FILE).",
            )
        return found

    def persistent_load(self, pid: Any) -> object:
        tag, storage, key, _device, count = pid
        if tag != "storage" or not isinstance(storage, _Storage) or not isinstance(key, str) or not _is_size(count):
            raise pickle.UnpicklingError("a storage that is none")
        return StoredTensor(key, storage.dtype, count, 0, (), ())


def _stand_in(module: str, name: str) -> object | None:
    """What stands for a global: nothing that it names is imported."""
    if module == "torch" and name in _DTYPES:
        return _Storage(_DTYPES[name])
    if module == "__torch__" or module.startswith("__torch__."):
        return type("ScriptModule", (ScriptModule,), {"kind": name})
    if (module, name) == ("collections", "OrderedDict"):
        return OrderedDict
    function = _FUNCTIONS.get((module, name))
    return None if function is None else _Call(function)


def _tensor(storage: object, offset: object, shape: object, stride: object, *_: object) -> StoredTensor:
    if not isinstance(storage, StoredTensor) or not _is_size(offset):
        raise pickle.UnpicklingError("a tensor without a storage")
    assert isinstance(offset, int)
    return StoredTensor(storage.key, storage.dtype, storage.stored, offset, _whole(shape), _whole(stride))


def _whole(numbers: object) -> tuple[int, ...]:
    if not isinstance(numbers, tuple) or len(numbers) > _MOST_DIMENSIONS or not all(map(_is_size, numbers)):
        raise pickle.UnpicklingError("a shape that is none")
    return numbers


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**62


def _first(value: object, *_: object) -> object:
    return value


_FUNCTIONS: dict[tuple[str, str], Callable[..., object]] = {
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    # How TorchScript keeps attributes that are lists, or containers with a declared type.
    ("torch.jit._pickle", "build_intlist"): _first,
    ("torch.jit._pickle", "build_doublelist"): _first,
    ("torch.jit._pickle", "build_boollist"): _first,
    ("torch.jit._pickle", "build_tensorlist"): _first,
    ("torch.jit._pickle", "restore_type_tag"): _first,
}


def _shown(module: str, name: str) -> str:
    """For people; protocol 2, which torch writes, has the module's name of old."""
    whole = f"{'builtins' if module == '__builtin__' else module}.{name}"
    return repr(whole)[1:-1][:120]
