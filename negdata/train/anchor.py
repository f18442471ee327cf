"""Where a batch's ordinary texts lay before the first step."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from negdata.clip.encoder import TorchEncoder
from negdata.processes import Processes
from negdata.train.corpus import Batch, Corpus
from negdata.train.gradients import Encoded, Tower, text_tower
from negdata.train.recipe import ContrastRule

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Anchor:
    """The text tower as it was at the start; nothing flows back into it."""

    tower: Tower
    corpus: Corpus
    processes: Processes
    at_once: int

    def of(self, batch: Batch) -> Tensor:
        """The batch's affirming texts, [texts, dim]."""
        numbers = [batch.texts[place] for place in batch.affirming]
        return Encoded(
            self.tower, self.corpus.texts, numbers, self.processes, at_once=self.at_once, keep=False
        ).embeddings.detach()


def anchored(
    encoder: TorchEncoder, corpus: Corpus, contrast: ContrastRule | None, processes: Processes, at_once: int
) -> Anchor | None:
    """A copy of the text tower as it is now; None where the recipe anchors nothing."""
    if contrast is None or not contrast.anchor:
        return None
    start = copy.copy(encoder)
    # The vision tower never moves, and is most of the model.
    frozen = encoder.model.vision_model
    start.model = copy.deepcopy(encoder.model, {id(frozen): frozen})
    return Anchor(text_tower(start, compiled=False), corpus, processes, at_once)
