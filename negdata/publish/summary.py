"""What an export came to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class DataExportSummary(BaseModel):
    """The figures of an export; ``taken = written + rejected + failed`` always holds.

    Attributes:
        reasons: rejected and failed records by reason code.
        files: the files of records, relative to ``out``; card and metadata lie beside.
        bytes: of these files.
        images: different images that the written records are about.
        unused_columns: columns of the source that no record carries.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: str
    to: str
    taken: int
    written: int
    rejected: int
    failed: int
    reasons: dict[str, int]
    files: list[str]
    bytes: int
    images: int
    seconds: float
    unused_columns: list[str] = []
    notes: list[str] = []
