"""What a caption run learns of its source as a whole, so that every worker proposes the same for a caption."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from negdata.caption.candidates import ANY, Choice, ImageContext, image_context
from negdata.engines.blocks import Group
from negdata.vocabulary import ImageCounts, vocabulary


@dataclass
class Survey:
    """Takes the rows of one image after the other.

    Attributes:
        most: images of which is kept what their captions say.
        counts: how often images name objects together.
        said: what the captions of the first images say.
    """

    most: int = 0
    counts: ImageCounts = field(default_factory=ImageCounts)
    said: list[ImageContext] = field(default_factory=list)

    def see(self, group: Group) -> None:
        """Counts an image; every row of it counts, whether the run takes it or not."""
        texts = [record.caption for record, _ in group.rows]
        self.counts.add({mention.name for text in texts for mention in vocabulary().find(text)})
        if len(self.said) < self.most:
            self.said.append(image_context(texts))


@dataclass(frozen=True)
class Knowledge:
    """What workers are told: counts of the source, and what may be proposed."""

    counts: ImageCounts = field(default_factory=ImageCounts)
    choice: Choice = ANY

    def to_json(self) -> dict[str, JsonValue]:
        """As a plan holds it; the order of pairs is kept, since sums of floats depend on it."""
        allowed = self.choice.allowed
        return {
            "images": self.counts.images,
            "objects": [[name, count] for name, count in self.counts.objects.items()],
            "pairs": [[one, other, count] for (one, other), count in self.counts.pairs.items()],
            "allowed": None if allowed is None else [*sorted(allowed)],
            "likely": self.choice.likely,
            "weights": [[name, weight] for name, weight in self.choice.weights.items()],
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Knowledge:
        """What a plan of ours holds."""
        counts = ImageCounts(
            told["images"],
            Counter(dict(told["objects"])),
            Counter({(one, other): count for one, other, count in told["pairs"]}),
        )
        allowed = None if told["allowed"] is None else frozenset(told["allowed"])
        return cls(counts, Choice(allowed, told["likely"], dict(told["weights"])))
