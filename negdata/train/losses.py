"""What is minimised: InfoNCE between images and captions, the contrast that teaches "no", and the anchor.

InfoNCE alone teaches a text tower to ignore a negated word: the caption's own image is found by everything else that
it says. The contrast sets against each other two things that differ in the negation alone. The anchor holds what denies
nothing where it was: a corpus of negations is small, and what it affirms is little of what the tower knew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from negdata.train.recipe import ContrastRule

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Losses:
    """The parts of a batch's loss, each a scalar, and their weighted sum; None where a part has nothing to compare.

    The sum has the weights of the run's last step, so that it can be compared over the run.
    """

    total: Tensor
    infonce: Tensor
    contrast_captions: Tensor | None = None
    contrast_swaps: Tensor | None = None
    contrast_images: Tensor | None = None
    anchor: Tensor | None = None

    def numbers(self) -> dict[str, float]:
        """Those that there are, as the curve names them."""
        parts = {
            "loss": self.total,
            "infonce": self.infonce,
            "contrast_captions": self.contrast_captions,
            "contrast_swaps": self.contrast_swaps,
            "contrast_images": self.contrast_images,
            "anchor": self.anchor,
        }
        return {name: float(part.detach()) for name, part in parts.items() if part is not None}


def minimised(losses: Losses, contrast: ContrastRule | None, done: float) -> Tensor:
    """What a step minimises: the weighted sum, with InfoNCE's weight as it is when that share of the run is done."""
    if contrast is None:
        return losses.total
    return losses.total + (contrast.infonce_after(done) - contrast.infonce) * losses.infonce


def info_nce(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """The symmetric InfoNCE loss of CLIP (Radford et al. 2021).

    Args:
        images: [n, dim], of length 1.
        texts: [n, dim], of length 1; each belongs to the image of its row.
        scale: what similarities are multiplied by.
    """
    import torch
    from torch.nn.functional import cross_entropy

    logits = scale * images @ texts.t()
    own = torch.arange(len(logits), device=logits.device)
    return (cross_entropy(logits, own) + cross_entropy(logits.t(), own)) / 2


def pairwise(true: Tensor, false: Tensor, scale: Tensor, margin: float) -> Tensor:
    """softplus(margin - scale x (true - false)), averaged.

    The scale takes no gradient from here: it would grow without end, since that makes right pairs cheaper.

    Args:
        true: [n], similarities that should be the larger ones.
        false: [n], what each should be larger than.
        margin: in logits.
    """
    from torch.nn.functional import softplus

    return softplus(margin - scale.detach() * (true - false)).mean()


def distance(texts: Tensor, before: Tensor, scale: Tensor) -> Tensor:
    """Scale x (1 - similarity), averaged; the scale takes no gradient from here.

    Args:
        texts: [n, dim], of length 1.
        before: the same texts as the text tower put them before the first step, [n, dim], of length 1.
    """
    return (scale.detach() * (1 - similarities(texts, before))).mean()


def similarities(one: Tensor, other: Tensor) -> Tensor:
    """Of two [n, dim] row by row, [n]."""
    return (one * other).sum(-1)
