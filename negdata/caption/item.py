"""What the caption stage works on: one caption and what its image's other captions say."""

from __future__ import annotations

from dataclasses import dataclass

from negdata.records import CaptionRecord, FailedCaption


@dataclass(frozen=True, slots=True)
class CaptionItem:
    """One caption to negate.

    Attributes:
        record: the caption as the source gives it.
        others: other captions of the same image.
        mentioned: objects that any caption of the image names.
        candidates: objects that could have been there and that no caption of the image names, best first; those of
            the image's other captions are different ones.
    """

    record: CaptionRecord
    others: tuple[str, ...] = ()
    mentioned: frozenset[str] = frozenset()
    candidates: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.record.id


@dataclass(frozen=True, slots=True)
class UnusableItem:
    """A row of the source that no caption can be made of; it fails, and is accounted for."""

    record: FailedCaption

    @property
    def id(self) -> str:
        return self.record.id
