"""What a report came to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SectionSummary(BaseModel):
    """A section of the page.

    Attributes:
        kind: ``captions``, ``benchmark``, ``predictions``, ``check`` or ``training``.
        views: its lists, and how many items each has; ``shown`` of them are on the page.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    path: str
    views: dict[str, int]
    shown: dict[str, int]
    notes: list[str] = []


class ReportSummary(BaseModel):
    """The figures of a report.

    Attributes:
        embedded: images that the page holds; ``linked`` ones lie where they did, and the page names their path.
        not_shown: why images can't be shown → how many.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: str
    bytes: int
    sections: list[SectionSummary]
    embedded: int
    linked: int
    not_shown: dict[str, int]
    seconds: float
    notes: list[str] = []
