"""What is read ahead comes in order, and few pieces are ever ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from negdata.clip.feeding import AHEAD, read_ahead, within_memory
from negdata.errors import NegdataError


def slow_first(number: int) -> int:
    time.sleep(0.02 if number % 3 == 0 else 0)
    return number


@pytest.mark.parametrize("workers", [1, 4])
def test_answers_come_in_the_order_of_the_calls(workers: int) -> None:
    assert list(read_ahead((partial(slow_first, number) for number in range(20)), workers)) == list(range(20))


def test_few_calls_are_made_before_they_are_asked_for() -> None:
    begun = 0

    def calls() -> Iterator[Callable[[], int]]:
        nonlocal begun
        for number in range(1000):
            begun += 1
            yield partial(slow_first, number)

    for taken, _ in enumerate(read_ahead(calls(), 3), 1):
        assert begun <= taken + AHEAD * 3 + 1
        if taken == 30:
            break


def test_an_error_reaches_the_reader_and_ends_the_threads() -> None:
    def broken() -> int:
        raise ValueError("broken")

    before = threading.active_count()
    with pytest.raises(ValueError, match="broken"):
        list(read_ahead(iter([broken] * 50), 2))
    latest = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < latest:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_only_a_lack_of_memory_is_called_one() -> None:
    pytest.importorskip("torch")

    def fails(message: str) -> None:
        raise RuntimeError(message)

    with pytest.raises(NegdataError, match="it runs out of memory on a batch of 1,024"):
        within_memory("it", 1024, partial(fails, "CUDA out of memory."))
    with pytest.raises(RuntimeError, match="shapes"):
        within_memory("it", 1024, partial(fails, "shapes don't fit"))
