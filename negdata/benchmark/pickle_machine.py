"""The machine that a pickle is a program for, without the parts that import, call and build: stack, marks and memo."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from negdata.benchmark.pickle_callables import Known, Wish, check_keys, known
from negdata.benchmark.pickle_values import CODES, SPELLED, BrokenPickle, block_at, decimal, line_at

MOST_STEPS = 8_000_000
"""RefCOCOg takes 4 to 6 million. A step may make an empty set, so this bounds the memory too."""

_STOP = CODES["STOP"]


class Machine:
    """Follows the program; ``at`` is the place in it."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data
        self._stack: list[object] = []
        self._marked: list[list[object]] = []
        self._memo: dict[int, object] = {}
        self._made = 0

    def run(self) -> object:
        """What the pickle holds.

        Raises:
            Wish: it asks for more than data.
            BrokenPickle: it is no pickle.
        """
        try:
            return self._run()
        except Wish as wish:
            raise Wish(f"{wish}, at byte {self.at:,}") from None
        except (IndexError, KeyError, ValueError, struct.error) as error:
            if isinstance(error, BrokenPickle):
                why = str(error)
            elif isinstance(error, UnicodeError):
                why = "it holds a text that can't be decoded"
            else:
                why = "it breaks off" if self.at >= len(self._data) else "it makes no sense"
            where = f"at byte {min(self.at, len(self._data)):,} of {len(self._data):,}"
            raise BrokenPickle(f"{why}, {where}") from None

    def _run(self) -> object:
        data = self._data
        for _ in range(MOST_STEPS):
            code = data[self.at]
            self.at += 1
            if code == _STOP:
                return self._end()
            if code in SPELLED:
                value, self.at = SPELLED[code](data, self.at)
                self._stack.append(value)
            else:
                _step(code)(self)
        raise BrokenPickle(f"it has more than {MOST_STEPS:,} steps, the most that are followed")

    def _end(self) -> object:
        if self.at < len(self._data):
            raise BrokenPickle("more follows on its end")
        if len(self._stack) != 1:
            raise BrokenPickle(f"it ends with {len(self._stack):,} values where one is to be")
        return self._stack[0]

    def _put(self, place: int) -> None:
        self._memo[place] = self._stack[-1]

    def _get(self, place: int) -> None:
        self._stack.append(self._memo[place])

    def _place(self, width: int) -> int:
        start = self.at
        self.at += width
        return int.from_bytes(self._data[start : self.at], "little")

    def _place_in_line(self) -> int:
        line, self.at = line_at(self._data, self.at)
        return decimal(line)

    def _protocol(self) -> None:
        version = self._data[self.at]
        if version > 5:
            raise BrokenPickle(f"it is of protocol {version}, where 0 to 5 are known,")
        self.at += 1

    def _frame(self) -> None:
        """A frame says how much may be read at once; all of it has been."""
        block_at(self._data, self.at, 8)
        self.at += 8

    def _to_mark(self) -> list[object]:
        items = self._stack
        self._stack = self._marked.pop()
        return items

    def _mark(self) -> None:
        self._marked.append(self._stack)
        self._stack = []

    def _append(self) -> None:
        item = self._stack.pop()
        _add_to_list(self._stack[-1], (item,))

    def _appends(self) -> None:
        items = self._to_mark()
        _add_to_list(self._stack[-1], items)

    def _set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        _add_to_dict(self._stack[-1], (key, value))

    def _set_items(self) -> None:
        items = self._to_mark()
        _add_to_dict(self._stack[-1], items)

    def _list(self) -> None:
        items = self._to_mark()
        self._stack.append(items)

    def _dict(self) -> None:
        items = self._to_mark()
        made: dict[object, object] = {}
        _add_to_dict(made, items)
        self._stack.append(made)

    def _tuple(self) -> None:
        items = self._to_mark()
        self._stack.append(tuple(items))

    def _tuple_of_stack(self, size: int) -> None:
        start = len(self._stack) - size
        if start < 0:
            raise BrokenPickle("it makes a tuple of more than it has")
        self._stack[start:] = [tuple(self._stack[start:])]

    def _add_items(self) -> None:
        items = self._to_mark()
        target = self._stack[-1]
        if type(target) is not set:
            raise BrokenPickle("it adds members to what is no set")
        check_keys(items)
        target.update(items)

    def _frozenset(self) -> None:
        items = self._to_mark()
        check_keys(items)
        self._stack.append(frozenset(items))

    def _global(self) -> None:
        module, at = line_at(self._data, self.at)
        name, self.at = line_at(self._data, at)
        self._stack.append(known(module.decode("utf-8", "replace"), name.decode("utf-8", "replace")))

    def _stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(module, str) or not isinstance(name, str):
            raise BrokenPickle("it names something by what is no text")
        self._stack.append(known(module, name))

    def _inst(self) -> None:
        """Names a class and makes an object of it at once."""
        self._global()
        raise Wish("an object of a class")

    def _reduce(self) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        if not isinstance(called, Known):
            raise Wish("to call what is no function")
        if type(arguments) is not tuple:
            raise BrokenPickle("it calls with what is no tuple")
        made = called.make(arguments)
        # What is made of one list, which the memo keeps, may be made again and again.
        self._made += len(made)
        if self._made > len(self._data):
            raise BrokenPickle("it makes more than it holds")
        self._stack.append(made)


def _add_to_list(target: object, items: Sequence[object]) -> None:
    if type(target) is not list:
        raise BrokenPickle("it appends to what is no list")
    target.extend(items)


def _add_to_dict(target: object, items: Sequence[object]) -> None:
    """Keys and values in turn."""
    if type(target) is not dict:
        raise BrokenPickle("it sets a key of what is no dict")
    keys, values = items[::2], items[1::2]
    check_keys(keys)
    target.update(zip(keys, values, strict=True))


_STEPS: dict[str, Callable[[Machine], None]] = {
    "PROTO": Machine._protocol,
    "FRAME": Machine._frame,
    "MEMOIZE": lambda machine: machine._put(len(machine._memo)),
    "PUT": lambda machine: machine._put(machine._place_in_line()),
    "BINPUT": lambda machine: machine._put(machine._place(1)),
    "LONG_BINPUT": lambda machine: machine._put(machine._place(4)),
    "GET": lambda machine: machine._get(machine._place_in_line()),
    "BINGET": lambda machine: machine._get(machine._place(1)),
    "LONG_BINGET": lambda machine: machine._get(machine._place(4)),
    "MARK": Machine._mark,
    "EMPTY_LIST": lambda machine: machine._stack.append([]),
    "EMPTY_DICT": lambda machine: machine._stack.append({}),
    "EMPTY_SET": lambda machine: machine._stack.append(set()),
    "EMPTY_TUPLE": lambda machine: machine._stack.append(()),
    "LIST": Machine._list,
    "DICT": Machine._dict,
    "TUPLE": Machine._tuple,
    "TUPLE1": lambda machine: machine._tuple_of_stack(1),
    "TUPLE2": lambda machine: machine._tuple_of_stack(2),
    "TUPLE3": lambda machine: machine._tuple_of_stack(3),
    "FROZENSET": Machine._frozenset,
    "APPEND": Machine._append,
    "APPENDS": Machine._appends,
    "SETITEM": Machine._set_item,
    "SETITEMS": Machine._set_items,
    "ADDITEMS": Machine._add_items,
    "GLOBAL": Machine._global,
    "STACK_GLOBAL": Machine._stack_global,
    "INST": Machine._inst,
    "REDUCE": Machine._reduce,
}
_WISHES = {
    **dict.fromkeys(("PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"), "something from outside of the file"),
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), "a class from the registry of extensions"),
    **dict.fromkeys(("BUILD", "OBJ", "NEWOBJ", "NEWOBJ_EX"), "an object of a class"),
    **dict.fromkeys(("POP", "POP_MARK", "DUP"), "a step that no data needs"),
    "BYTEARRAY8": "a bytearray",
}
_BY_CODE = {CODES[name]: step for name, step in _STEPS.items()}
_REFUSED = {CODES[name]: f"{wish} ({name})" for name, wish in _WISHES.items()}


def _step(code: int) -> Callable[[Machine], None]:
    step = _BY_CODE.get(code)
    if step is not None:
        return step
    if code in _REFUSED:
        raise Wish(_REFUSED[code])
    raise BrokenPickle(f"{bytes([code])!r} is no step of any protocol")
