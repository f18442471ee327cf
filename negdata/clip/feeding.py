"""Feeds a model: pictures are read ahead in threads, in order, and a batch that is too large is said to be so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor

AHEAD = 2
"""Pieces of work a thread that are done before anyone asks for them."""
T = TypeVar("T")


def read_ahead(reads: Iterable[Callable[[], T]], workers: int) -> Iterator[T]:
    """What each call gives, in the order of the calls, which run in threads; few are ever ahead of the reader."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="reads")
    try:
        waiting: deque[Future[T]] = deque()
        for read in reads:
            waiting.append(pool.submit(read))
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def within_memory(model: str, count: int, encode: Callable[[], Tensor]) -> Tensor:
    """What a model makes of a batch of ``count``; raises NegdataError where the batch doesn't fit into memory."""
    import torch

    try:
        with torch.inference_mode():
            return encode()
    except RuntimeError as error:
        if "out of memory" not in str(error).lower():
            raise
        raise NegdataError(
            f"{model} runs out of memory on a batch of {count:,}.", "Give a smaller --batch-size."
        ) from error
