"""benchmark/*.yaml: what each benchmark is, how it is built, and the scores that were published on it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PublishedScore(BaseModel):
    """A score that somebody else measured and published.

    Attributes:
        model: as the publication names it.
        metric: as this suite's figures name it: "accuracy", "R@5 text→image".
        value: in percent.
        source: where it stands: "Park et al. 2025, table 1".
    """

    model_config = ConfigDict(extra="forbid")

    model: str
    metric: str = "accuracy"
    value: float = Field(ge=0, le=100)
    source: str
