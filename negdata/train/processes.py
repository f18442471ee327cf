"""The processes of one training, as torchrun starts them: one, or several on one or more machines.

All see the same batch and the same images. Each encodes its share of the batch's texts; the embeddings are gathered, so
that the contrastive loss is over the whole batch in every process, and the gradients of the shares are summed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

T = TypeVar("T")
_PATIENCE = timedelta(hours=12)
"""The first process encodes images and measures the model while the others wait."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Which of how many this process is; ``local`` is its number on its machine."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and reports."""
        return self.rank == 0

    def share(self, items: list[T]) -> list[T]:
        """What this process takes of a list: every size-th."""
        return items[self.rank :: self.size]

    def gathered(self, own: Tensor, total: int) -> Tensor:
        """All ``total`` rows, in the order of the list that was shared; without gradients."""
        import torch
        from torch import distributed

        own = own.detach()
        if self.size == 1:
            return own
        most = -(-total // self.size)
        padded = own.new_zeros(most, *own.shape[1:])
        padded[: len(own)] = own
        parts = [torch.empty_like(padded) for _ in range(self.size)]
        with _together():
            distributed.all_gather(parts, padded)
        # Row i of the list went to process i modulo their number.
        return torch.stack(parts, 1).flatten(0, 1)[:total]

    def sum_gradients(self, weights: Iterable[Parameter]) -> None:
        """Adds up what the shares of the batch gave each weight."""
        import torch
        from torch import distributed

        if self.size == 1:
            return
        for weight in weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            with _together():
                distributed.all_reduce(weight.grad)

    def one_after_the_first(self, work: Callable[[], T]) -> T:
        """Has the first process work, then the others, who find what it left."""
        if self.first:
            done = work()
            self.wait()
            return done
        self.wait()
        return work()

    def any(self, value: bool) -> bool:
        """Whether it is true in any of them."""
        import torch
        from torch import distributed

        if self.size == 1:
            return value
        told = torch.tensor([int(value)])
        with _together():
            distributed.all_reduce(told, distributed.ReduceOp.MAX)
        return bool(told.item())

    def as_in_first(self, tensors: Iterable[Tensor]) -> None:
        """Gives all of them the first one's numbers."""
        from torch import distributed

        if self.size > 1:
            with _together():
                for tensor in tensors:
                    distributed.broadcast(tensor, 0)

    def wait(self) -> None:
        """Until all are here."""
        from torch import distributed

        if self.size > 1:
            with _together():
                distributed.barrier()


@contextmanager
def _together() -> Iterator[None]:
    """Where all of them meet; raises NegdataError where one of them has ended, which says itself why."""
    try:
        yield
    except RuntimeError as error:
        raise NegdataError(
            f"Another process of this training has ended: {str(error).splitlines()[0]}",
            "See what it says, and run the same command again: it goes on where it was.",
        ) from error


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes that torchrun started; one where it didn't.

    Raises:
        NegdataError: what torchrun says can't be understood, or the others can't be reached.
    """
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ:
        yield Processes()
        return
    import torch
    from torch import distributed

    try:
        found = Processes(*(int(os.environ.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")))
        backend = "gloo"
        if torch.cuda.is_available():
            torch.cuda.set_device(found.local)
            backend = "cpu:gloo,cuda:nccl"
        distributed.init_process_group(backend, timeout=_PATIENCE)
    except (ValueError, RuntimeError) as error:
        raise NegdataError(
            f"The processes of this training can't meet: {str(error).splitlines()[0]}.",
            "Start it with torchrun, as train/one-node.sh does, or unset RANK and WORLD_SIZE.",
        ) from error
    try:
        yield found
    finally:
        distributed.destroy_process_group()
