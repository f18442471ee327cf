"""What a builder leaves out, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something about an image that a benchmark was not built from.

    Attributes:
        what: what was not built: the kind of question, the caption.
        reason: a code; ``detail`` says it in words.
    """

    image: str
    image_id: int | str
    what: str
    reason: str
    detail: str

    @property
    def order(self) -> tuple[bool, int | str, str, str]:
        """By image, whatever order they came in."""
        return (isinstance(self.image_id, str), self.image_id, self.image, self.what)
