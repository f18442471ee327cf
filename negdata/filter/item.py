"""What the filter stage works on: one caption record and what else is written about its image."""

from __future__ import annotations

from dataclasses import dataclass

from negdata.filter.text import ImageText
from negdata.records import CaptionRecord


@dataclass(frozen=True, slots=True)
class FilterItem:
    """One record to check."""

    record: CaptionRecord
    text: ImageText

    @property
    def id(self) -> str:
        return self.record.id
