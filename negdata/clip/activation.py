"""QuickGELU or GELU: told by evidence or refused, never guessed.

OpenAI trained with QuickGELU, x·sigmoid(1.702x); most others with GELU. The weights have the same names and shapes
either way, and the wrong one costs points without any error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from negdata.errors import NegdataError


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source says of a model's activation; ``source`` is a noun: "--quick-gelu", "config.json"."""

    quick: bool
    source: str

    @property
    def activation(self) -> str:
        return activation_name(self.quick)


def activation_name(quick: bool) -> str:
    """For people."""
    return "QuickGELU" if quick else "GELU"


def asked(quick_gelu: bool | None) -> list[Evidence]:
    """What the user says, if anything."""
    if quick_gelu is None:
        return []
    return [Evidence(quick_gelu, "--quick-gelu" if quick_gelu else "--no-quick-gelu")]


def settled(evidence: Sequence[Evidence], what: str) -> bool:
    """Whether a model has QuickGELU.

    Args:
        what: the model, for errors.

    Raises:
        NegdataError: there is no evidence, or it is at odds.
    """
    if not evidence:
        raise NegdataError(
            f"Nothing in {what} says whether it was trained with QuickGELU or with GELU, and scores differ.",
            "Give --quick-gelu if it comes from OpenAI's weights, as the paper's NegationCLIP does, or --no-quick-gelu "
            "if it was trained with plain GELU, as most of open_clip's models were.",
        )
    first = evidence[0]
    other = next((one for one in evidence if one.quick != first.quick), None)
    if other is not None:
        raise NegdataError(
            f"{what} can't have both activations: {first.source} says {first.activation}, {other.source} says "
            f"{other.activation}.",
            "Find out which it was trained with, and correct the other.",
        )
    return first.quick
