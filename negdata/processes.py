"""The processes of one command, as torchrun starts them: one, or several on one or more machines.

All are told the same and read the same files. Each does its share, what they made is gathered, the first one writes and
reports. In a training each encodes its share of a batch's texts; the embeddings are gathered, so that the contrastive
loss is over the whole batch in every process, and the gradients of the shares are summed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from negdata.devices import take_own_gpu
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

T = TypeVar("T")
_PATIENCE = timedelta(hours=12)
"""A process may have far more to do than another, and the first measures a model while the others wait."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Which of how many this process is.

    Attributes:
        local: its number on its machine.
        group: torch's name of them; None for all that there are.
    """

    rank: int = 0
    size: int = 1
    local: int = 0
    group: Any = None

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and reports."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """What this process takes of a list: every size-th."""
        return items[self.rank :: self.size]

    def told(self, own: bytes) -> list[bytes]:
        """What each of them tells the others, in their order."""
        import torch
        from torch import distributed

        if self.size == 1:
            return [own]
        length = torch.tensor([len(own)])
        lengths = [torch.empty_like(length) for _ in range(self.size)]
        with _together():
            distributed.all_gather(lengths, length, group=self.group)
        padded = torch.zeros(max(1, *map(int, lengths)), dtype=torch.uint8)
        if own:
            padded[: len(own)] = torch.frombuffer(bytearray(own), dtype=torch.uint8)
        parts = [torch.empty_like(padded) for _ in range(self.size)]
        with _together():
            distributed.all_gather(parts, padded, group=self.group)
        return [part.numpy().tobytes()[: int(one)] for part, one in zip(parts, lengths, strict=True)]

    def alike(self, key: bytes) -> Processes:
        """Those of all processes that tell the same key as this one; all of them have to ask at once."""
        from torch import distributed

        keys = self.told(key)
        found = self
        for one in dict.fromkeys(keys) if len(set(keys)) > 1 else ():
            ranks = [rank for rank, other in enumerate(keys) if other == one]
            with _together():
                group = distributed.new_group(ranks, timeout=_PATIENCE, backend="gloo")
            if one == key:
                found = Processes(ranks.index(self.rank), len(ranks), self.local, group)
        return found

    def fill(self, rows: Tensor) -> None:
        """Completes float32 rows of which each process has made some, in place; the others' have to be zero."""
        import torch
        from torch import distributed

        if self.size > 1 and len(rows):
            with _together():
                # As whole numbers, so that the sum with zeros is the same bits whatever they mean.
                distributed.all_reduce(rows.view(torch.int32), group=self.group)

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
            distributed.all_gather(parts, padded, group=self.group)
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
                distributed.all_reduce(weight.grad, group=self.group)

    def any(self, value: bool) -> bool:
        """Whether it is true in any of them."""
        import torch
        from torch import distributed

        if self.size == 1:
            return value
        told = torch.tensor([int(value)])
        with _together():
            distributed.all_reduce(told, distributed.ReduceOp.MAX, group=self.group)
        return bool(told.item())

    def as_in_first(self, tensors: Iterable[Tensor]) -> None:
        """Gives all of them the first one's numbers."""
        from torch import distributed

        if self.size > 1:
            first = 0 if self.group is None else distributed.get_global_rank(self.group, 0)
            with _together():
                for tensor in tensors:
                    distributed.broadcast(tensor, first, group=self.group)

    def wait(self) -> None:
        """Until all are here."""
        from torch import distributed

        if self.size > 1:
            with _together():
                distributed.barrier(group=self.group)


@contextmanager
def _together() -> Iterator[None]:
    """Where all of them meet; raises NegdataError where one of them has ended, which says itself why."""
    try:
        yield
    except RuntimeError as error:
        raise NegdataError(
            f"Another process of this command has ended: {str(error).splitlines()[0]}",
            "See what it says, and run the same command again.",
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
        take_own_gpu()
        if torch.cuda.is_available():
            backend = "cpu:gloo,cuda:nccl"
        distributed.init_process_group(backend, timeout=_PATIENCE)
    except (ValueError, RuntimeError) as error:
        raise NegdataError(
            f"The processes of this command can't meet: {str(error).splitlines()[0]}.",
            "Start it with torchrun, as train/one-node.sh does, or unset RANK and WORLD_SIZE.",
        ) from error
    try:
        yield found
    finally:
        distributed.destroy_process_group()
