"""What a network makes of an image and all that stands before it, kept for every question asked of that image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class Prefix:
    """The attention cache of the first tokens of a prompt, the image's among them.

    Attributes:
        layers: keys and values of each layer, each of shape (heads, length, width of a head).
        length: in tokens.
        next_position: of the token that follows; less than ``length`` where an image's rows and columns are counted.
    """

    layers: tuple[tuple[Any, Any], ...]
    length: int
    next_position: int

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.numel() * part.element_size() for layer in self.layers for part in layer)


class PrefixCache:
    """Prefixes by image and text before it; beyond ``most`` bytes those go that were used longest ago."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._kept: OrderedDict[Key, Prefix] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Prefix | None:
        """The prefix, which thereby counts as used."""
        prefix = self._kept.get(key)
        if prefix is not None:
            self._kept.move_to_end(key)
        return prefix

    def put(self, key: Key, prefix: Prefix) -> None:
        """Keeps a prefix that isn't there yet; one that is larger than all the room there is isn't kept."""
        self._kept[key] = prefix
        self.size += prefix.size
        while self.size > self.most:
            self.size -= self._kept.popitem(last=False)[1].size

    def clear(self) -> None:
        """Frees all of them."""
        self._kept.clear()
        self.size = 0


def can_be_shared(network: Any) -> bool:
    """Whether every layer keeps each token that it has seen: no sliding window, no state, no shared layers."""
    try:
        from transformers.cache_utils import DynamicCache, DynamicLayer

        layers = DynamicCache(config=network.config).layers
    except Exception:  # releases and models whose caches are made otherwise
        return False
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


class Filled(Exception):
    """A cache has what it was to be filled with: what the network would do from there on is of no use."""


def empty_cache(network: Any) -> Any:
    """The cache that a network fills while it reads a batch of prefixes; it raises Filled once every layer has."""
    from transformers.cache_utils import DynamicCache

    class Filling(DynamicCache):  # type: ignore[misc]
        def update(self, *arguments: Any, **options: Any) -> Any:
            updated = super().update(*arguments, **options)
            if all(layer.is_initialized for layer in self.layers):
                raise Filled
            return updated

    return Filling(config=network.config)


def split(cache: Any, lengths: Sequence[int], next_positions: Sequence[int]) -> list[Prefix]:
    """The prefixes of a batch that was padded on the left, each with memory of its own."""
    return [
        Prefix(
            tuple(
                (layer.keys[row, :, -length:].clone(), layer.values[row, :, -length:].clone()) for layer in cache.layers
            ),
            length,
            next_position,
        )
        for row, (length, next_position) in enumerate(zip(lengths, next_positions, strict=True))
    ]


def joined(rows: Sequence[Prefix]) -> Any:
    """A cache in which each row of a batch goes on from its prefix; the prefixes end at the same column.

    A layer's rows are laid out only while that layer runs: one layer's worth of copies is in memory at a time, however
    many questions share an image.
    """
    import torch
    from transformers.cache_utils import Cache, DynamicLayer

    width = max(prefix.length for prefix in rows)
    where: dict[int, list[int]] = {}
    for row, prefix in enumerate(rows):
        where.setdefault(id(prefix), []).append(row)

    class Joined(DynamicLayer):  # type: ignore[misc]
        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

        def get_seq_length(self) -> int:
            return width

        def update(self, keys: Any, values: Any, *_arguments: Any, **_options: Any) -> tuple[Any, Any]:
            return self._after(0, keys), self._after(1, values)

        def _after(self, part: int, new: Any) -> Any:
            batch, heads, length, head = new.shape
            # Zeros, as what is masked must still be a number.
            whole = torch.zeros((batch, heads, width + length, head), dtype=new.dtype, device=new.device)
            whole[:, :, width:] = new
            for places in where.values():
                prefix = rows[places[0]]
                whole[places, :, width - prefix.length : width] = prefix.layers[self.place][part]
            return whole

    return Cache(layers=[Joined(place) for place in range(len(rows[0].layers))])
