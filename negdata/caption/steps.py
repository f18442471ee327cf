"""How a run of the caption stage is set up: which steps, which prompts, how often, with which draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from negdata.exclusion import NOTHING, Exclusion
from negdata.prompts import Prompt
from negdata.records import MadeBy, Pipeline
from negdata.verify import Verifier


@dataclass(frozen=True, slots=True)
class Steps:
    """The settings that the stage's steps share.

    Attributes:
        backend: the backend's name and ``model`` its model, for ``made_by``.
        proposer: who proposes the object: the language model, or the co-occurrence table; None: rows bring their own.
        choices: whether the model picks among the item's candidates (else it is free).
        write: whether the caption is rewritten (else the stage ends with the proposal).
        contrast: whether a false caption is written as well.
        standalone: whether a visual question becomes a caption of its own.
        tries: attempts at a proposal and at a rewrite.
        verifiers: judges of absence, asked between the two; none: proposals aren't checked.
        exclusion: the benchmarks whose images are left out.
    """

    backend: str
    model: str
    pipeline: Pipeline
    proposer: Literal["model", "cooccurrence"] | None
    choices: bool
    write: bool
    contrast: bool
    tries: int
    seed: int
    temperature: float
    top_p: float
    propose: Prompt
    rewrite: Prompt
    contrast_prompt: Prompt
    question: Prompt
    standalone: bool = False
    names_prompt: bool = True
    verifiers: tuple[Verifier, ...] = ()
    exclusion: Exclusion = NOTHING

    def made_by(self, prompt: Prompt, construction: str | None, attempts: int, proposals: int) -> MadeBy:
        """What a record says of its making; ``prompt`` is the one that its caption was asked for with."""
        return MadeBy(
            backend=self.backend,
            model=self.model,
            prompt=prompt.id if self.names_prompt else None,
            construction=construction,
            seed=self.seed,
            attempts=attempts,
            proposals=proposals or None,
        )
