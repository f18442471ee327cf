"""What each patch of a scene shows, told in the language model's own words."""

from __future__ import annotations

from typing import Any

from negdata.demo.judge.start import CELLS, WIDTH
from negdata.demo.patches import NOTHING, NOTHING_WEIGHT, UNCLEAR, patch_labels
from negdata.demo.scene import KINDS, Scene


class PatchNames:
    """Tells a patch's kind by the word for it: features then mean to the language model what its words mean.

    Only the vector for an empty patch is its own; all else stays in the model.
    """

    def __init__(self, model: Any, processor: Any) -> None:
        import torch

        tokenizer = processor.tokenizer
        self._embedding = model.model.get_input_embeddings()
        self._words = torch.tensor([_single(tokenizer.encode(f" {kind}", add_special_tokens=False)) for kind in KINDS])
        self.nothing = torch.nn.Parameter(torch.zeros(1, WIDTH))
        self._weights = torch.ones(len(KINDS) + 1)
        self._weights[NOTHING] = NOTHING_WEIGHT

    def loss(self, features: Any, drawn: list[Scene]) -> tuple[Any, float]:
        """The mean loss over the patches, and the share of right names among those that show an object."""
        import torch
        from torch.nn.functional import cross_entropy

        labels = torch.tensor([patch_labels(scene, CELLS) for scene in drawn])
        names = torch.cat([self._embedding(self._words), self.nothing])
        guesses = features @ names.T
        loss = cross_entropy(guesses.flatten(0, 1), labels.flatten(), ignore_index=UNCLEAR, weight=self._weights)
        shown = (labels != UNCLEAR) & (labels != NOTHING)
        return loss, (guesses.argmax(-1) == labels)[shown].float().mean().item()


def _single(ids: list[int]) -> int:
    (token,) = ids
    return token
