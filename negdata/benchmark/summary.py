"""What a build came to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from negdata.benchmark.biases import Bias


class BuildSummary(BaseModel):
    """The figures of a build; ``taken = kept + rejected`` always.

    Attributes:
        unit: what is counted: "phrases with a cue".
        taken: phrases with a cue; for NegBench's benchmarks images.
        reasons: rejected ones by reason code.
        cues: items by cue; ``kinds`` by what is negated, ``positions`` by where the cue stands.
        images: images that the items are of.
        biases: what rules that never read the phrase score.
        skipped: what of the source was left out before a phrase was looked at.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: str
    definition: str
    unit: str = "phrases with a cue"
    taken: int
    kept: int
    rejected: int
    reasons: dict[str, int]
    cues: dict[str, int] = {}
    kinds: dict[str, int] = {}
    positions: dict[str, int] = {}
    images: int
    biases: list[Bias] = []
    skipped: dict[str, int] = {}
    seconds: float
    notes: list[str] = []
