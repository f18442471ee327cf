"""Texts for training: tokenised once, encoded in chunks of like length.

A causal text tower that is read at a text's last token gives the same embedding however much padding follows, so that
each chunk is only as long as its longest text. The paper's code pads everything to 77 tokens, where captions have 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from negdata.clip.encoder import TorchEncoder

if TYPE_CHECKING:
    from torch import Tensor

CHUNK_ON_CPU = 32
"""Texts that are encoded together: enough to keep a processor busy, and few enough to be of one length."""
CHUNK_ON_ACCELERATOR = 1024
_TOKENISED_AT_ONCE = 8192


class Texts:
    """Distinct texts by number, as tokens in one flat tensor: a few bytes a token however many texts there are.

    Attributes:
        lengths: of the texts, in tokens, int64 [texts].
        dim: of the embeddings that the tower makes of them.
        device: where it makes them.
    """

    def __init__(self, encoder: TorchEncoder, texts: Sequence[str]) -> None:
        """Tokenises every text; raises NegdataError where the tower doesn't know a token."""
        import torch

        lengths: list[int] = []
        parts: list[Tensor] = []
        for start in range(0, len(texts), _TOKENISED_AT_ONCE):
            rows = encoder.tokens(texts[start : start + _TOKENISED_AT_ONCE])
            lengths += map(len, rows)
            parts.append(torch.tensor([token for row in rows for token in row], dtype=torch.int32))
        self.lengths = torch.tensor(lengths, dtype=torch.int64)
        self._ends = self.lengths.cumsum(0)
        self._tokens = torch.cat(parts) if parts else torch.zeros(0, dtype=torch.int32)
        self.dim = encoder.dim
        self.device = encoder.placement.device
        self._pad = encoder.tokenization.pad
        self._fixed = encoder.tokenization.length

    def padded(self, numbers: Sequence[int]) -> Tensor:
        """The tokens of some texts, int64 [n, longest of them]."""
        import torch

        chosen = torch.tensor(numbers, dtype=torch.int64)
        lengths, ends = self.lengths[chosen], self._ends[chosen]
        places = torch.arange(self._fixed or int(lengths.max()))
        inside = places < lengths[:, None]
        tokens = self._tokens[((ends - lengths)[:, None] + places).clamp(max=len(self._tokens) - 1)]
        return torch.where(inside, tokens.to(torch.int64), self._pad)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Texts of a batch that are encoded together; ``places`` are theirs in the batch."""

    places: list[int]
    tokens: Tensor


def chunks(texts: Texts, numbers: Sequence[int], at_once: int) -> list[Chunk]:
    """A batch in chunks of like length, the longest first, so that a memory that is too small is told at once."""
    order = sorted(range(len(numbers)), key=lambda place: -int(texts.lengths[numbers[place]]))
    pieces = [order[start : start + at_once] for start in range(0, len(order), at_once)]
    return [Chunk(places, texts.padded([numbers[place] for place in places])) for places in pieces]
