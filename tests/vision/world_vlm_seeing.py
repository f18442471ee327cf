"""What each patch of a scene shows, told in the language model's own words."""

from __future__ import annotations

from typing import Any

from negdata.demo import Scene
from negdata.demo.scene import KINDS
from tests.vision.world_vlm_start import CELLS, PATCH, WIDTH

NOTHING, UNCLEAR = len(KINDS), -100
# Three quarters of the patches are empty.
NOTHING_WEIGHT = 0.3


def patch_labels(scene: Scene) -> list[int]:
    """For every patch the kind that fills it, NOTHING, or UNCLEAR where an object only touches it."""
    labels = []
    for cell in range(CELLS * CELLS):
        left, top = cell % CELLS * PATCH, cell // CELLS * PATCH
        share, kind = 0.0, NOTHING
        for thing in scene.objects:
            x, y, width, height = thing.box
            across = min(left + PATCH, x + width) - max(left, x)
            down = min(top + PATCH, y + height) - max(top, y)
            covered = max(0, across) * max(0, down) / PATCH**2
            if covered > share:
                share, kind = covered, KINDS.index(thing.name)
        labels.append(kind if share > 0.35 else NOTHING if share == 0 else UNCLEAR)
    return labels


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

        labels = torch.tensor([patch_labels(scene) for scene in drawn])
        names = torch.cat([self._embedding(self._words), self.nothing])
        guesses = features @ names.T
        loss = cross_entropy(guesses.flatten(0, 1), labels.flatten(), ignore_index=UNCLEAR, weight=self._weights)
        shown = (labels != UNCLEAR) & (labels != NOTHING)
        return loss, (guesses.argmax(-1) == labels)[shown].float().mean().item()


def _single(ids: list[int]) -> int:
    (token,) = ids
    return token
