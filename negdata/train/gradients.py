"""One batch forward and back: the loss is over the whole batch, wherever and in however many pieces it is encoded.

The loss is computed on the embeddings as if they were inputs. Its gradient by each of them is then sent back through
the piece of the batch that it came from. So the batch's negatives are all there when a piece is encoded alone: in
chunks of like length, again where memory is too short to keep all activations (gradient caching, Gao et al. 2021),
and in other processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from negdata.clip.encoder import TorchEncoder
from negdata.processes import Processes
from negdata.train.corpus import Batch, Corpus
from negdata.train.losses import Losses, distance, info_nce, pairwise, similarities
from negdata.train.recipe import ContrastRule
from negdata.train.texts import CHUNK_ON_ACCELERATOR, CHUNK_ON_CPU, Chunk, Texts, chunks

if TYPE_CHECKING:
    from torch import Tensor

Tower = Callable[["Tensor"], "Tensor"]


def text_tower(encoder: TorchEncoder, *, compiled: bool) -> Tower:
    """Tokens [n, length] to embeddings, float32 [n, dim] of length 1, on the model's device.

    The tower calculates in the encoder's number format; its weights and the embeddings are float32.
    """
    import torch
    from torch.nn.functional import normalize

    device, dtype = encoder.placement.device, getattr(torch, encoder.placement.dtype)
    features = torch.compile(encoder.text_features, dynamic=True) if compiled else encoder.text_features

    def tower(tokens: Tensor) -> Tensor:
        with torch.autocast(device.split(":")[0], dtype=dtype, enabled=dtype != torch.float32):
            embedded = features(tokens.to(device, non_blocking=True))
        return normalize(embedded.float(), dim=-1)

    return tower


def chunk_size(device: str, texts_at_once: int | None) -> int:
    """Texts that are encoded together."""
    size = CHUNK_ON_CPU if device == "cpu" else CHUNK_ON_ACCELERATOR
    return size if texts_at_once is None else min(size, texts_at_once)


class Encoded:
    """The embeddings of a batch's texts, and the way back into the tower.

    Attributes:
        embeddings: [texts, dim], the same in all processes; a loss may flow into them.
    """

    def __init__(
        self, tower: Tower, texts: Texts, numbers: Sequence[int], processes: Processes, *, at_once: int, keep: bool
    ) -> None:
        """Encodes this process's share of the texts and gathers the others'.

        Args:
            at_once: texts in a chunk.
            keep: whether activations stay in memory until ``back``; without, chunks are encoded a second time there.
        """
        import torch

        # Sorted before it is shared, so that no process has all of the long ones.
        order = sorted(range(len(numbers)), key=lambda place: -int(texts.lengths[numbers[place]]))
        self._mine = processes.share(order)
        self._chunks = chunks(texts, [numbers[place] for place in self._mine], at_once)
        self._tower = tower
        with torch.set_grad_enabled(keep):
            parts = [tower(chunk.tokens) for chunk in self._chunks]
        self._parts: list[Tensor | None] = [*parts] if keep else [None] * len(parts)
        with torch.no_grad():
            own = _in_order(self._chunks, parts, texts.dim, texts.device)
            gathered = processes.gathered(own, len(numbers))
            embeddings = torch.empty_like(gathered)
            embeddings[torch.tensor(order, device=embeddings.device)] = gathered
        self.embeddings = embeddings.requires_grad_()

    def back(self) -> None:
        """Sends the embeddings' gradients back through the tower, chunk by chunk."""
        import torch

        assert self.embeddings.grad is not None
        mine = self.embeddings.grad[torch.tensor(self._mine, device=self.embeddings.device)]
        kept = [part for part in self._parts if part is not None]
        if kept:
            # At once: a weight's gradients are added up on the way, not once more for each chunk.
            torch.autograd.backward(kept, [mine[chunk.places] for chunk in self._chunks])
        else:
            for chunk in self._chunks:
                self._tower(chunk.tokens).backward(mine[chunk.places])


def _in_order(chunked: Sequence[Chunk], parts: Sequence[Tensor], dim: int, device: str) -> Tensor:
    import torch

    if not parts:
        return torch.zeros(0, dim, device=device)
    embedded = torch.cat([part.detach() for part in parts])
    ordered = torch.empty_like(embedded)
    ordered[torch.tensor([place for chunk in chunked for place in chunk.places], device=embedded.device)] = embedded
    return ordered


def batch_loss(
    batch: Batch,
    corpus: Corpus,
    embeddings: Tensor,
    scale: Tensor,
    contrast: ContrastRule | None,
    before: Tensor | None = None,
) -> Losses:
    """The losses of a batch.

    Args:
        embeddings: of the batch's texts, [texts, dim].
        scale: what similarities are multiplied by.
        contrast: its weights; None for InfoNCE alone.
        before: the batch's affirming texts as the start's tower put them, [texts, dim]; None: no anchor.
    """
    import torch

    def features(rows: Sequence[int]) -> Tensor:
        return corpus.features.vectors[torch.tensor(rows)].to(embeddings.device, non_blocking=True)

    images = features(batch.images)
    infonce = info_nce(images, embeddings[: len(batch.rows)], scale)
    if contrast is None:
        return Losses(infonce, infonce)

    def between_texts(duels: Sequence[tuple[int, int, int]]) -> Tensor | None:
        if not duels:
            return None
        shown, true, false = zip(*duels, strict=True)
        pictures = features(shown)
        right, wrong = (similarities(pictures, embeddings[list(texts)]) for texts in (true, false))
        return pairwise(right, wrong, scale, contrast.margin)

    def between_images(duels: Sequence[tuple[int, int, int]]) -> Tensor | None:
        if not duels:
            return None
        right, texts, wrong = zip(*duels, strict=True)
        said = embeddings[list(texts)]
        of_right, of_wrong = (similarities(features(pictures), said) for pictures in (right, wrong))
        return pairwise(of_right, of_wrong, scale, contrast.margin)

    held = distance(embeddings[batch.affirming], before, scale) if before is not None and len(before) else None
    parts = (
        between_texts(batch.captions),
        between_texts([*batch.whole.texts, *batch.phrases.texts]),
        between_images([*batch.whole.images, *batch.phrases.images]),
        held,
    )
    weights = (contrast.captions, contrast.swaps, contrast.images, contrast.anchor)
    total = contrast.infonce * infonce
    for weight, part in zip(weights, parts, strict=True):
        if part is not None:
            total = total + weight * part
    return Losses(total, infonce, *parts)
