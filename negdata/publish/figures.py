"""What a dataset's card tells of its records, gathered while they are written, in memory that stays flat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from negdata.exclusion import Exclusion, key_of
from negdata.idset import IdSet
from negdata.negation import CorpusStatistics
from negdata.publish.files import PublishedFile
from negdata.records import CaptionRecord

MOST_NAMES = 20_000
EXAMPLES = 5
P_EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3)
T = TypeVar("T", bound=Hashable)


class Tally(Generic[T]):
    """Counts by name, of so many different names at most; ``others`` are those that came too late."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self.counts: Counter[T] = Counter()
        self.others = 0
        self._most = most

    def add(self, name: T) -> None:
        """Counts one."""
        if name in self.counts or len(self.counts) < self._most:
            self.counts[name] += 1
        else:
            self.others += 1


@dataclass(frozen=True, slots=True)
class Shared:
    """How many of a benchmark's images the dataset has."""

    benchmark: str
    images: int
    shared: int


@dataclass
class Figures:
    """Figures of the records that were written."""

    against: Exclusion
    records: int = 0
    without_verdict: int = 0
    pipelines: Tally[str] = field(default_factory=Tally)
    makers: Tally[tuple[str, str]] = field(default_factory=Tally)
    prompts: Tally[str] = field(default_factory=Tally)
    seeds: Tally[int] = field(default_factory=Tally)
    verifiers: Tally[tuple[str, str | None]] = field(default_factory=Tally)
    probabilities: Tally[float | None] = field(default_factory=Tally)
    negated: Tally[str] = field(default_factory=Tally)
    present: Counter[str] = field(default_factory=Counter)
    examples: list[CaptionRecord] = field(default_factory=list)
    _images: IdSet = field(default_factory=IdSet)
    _found: dict[str, set[str]] = field(default_factory=dict)

    @property
    def images(self) -> int:
        """Different images."""
        return len(self._images)

    @property
    def shared(self) -> list[Shared]:
        """What is shared with each benchmark."""
        return [
            Shared(one.name, len(one.images), len(self._found.get(one.name, ()))) for one in self.against.benchmarks
        ]

    def add(self, record: CaptionRecord) -> None:
        """Counts a record that was written."""
        self.records += 1
        self.present.update(
            name
            for name in ("image", "image_id", "caption_id", "false_caption", "negated")
            if getattr(record, name) is not None
        )
        self.pipelines.add(record.pipeline or "not told")
        if record.negated is not None:
            self.negated.add(" ".join(record.negated.casefold().split()))
        self._add_maker(record)
        self._add_verdict(record)
        self._add_image(record)

    def _add_maker(self, record: CaptionRecord) -> None:
        made_by = record.made_by
        if made_by is None:
            self.makers.add(("not told", ""))
            return
        self.makers.add((made_by.backend, made_by.model))
        self.seeds.add(made_by.seed)
        if made_by.prompt is not None:
            self.prompts.add(made_by.prompt)

    def _add_verdict(self, record: CaptionRecord) -> None:
        verdict = record.verdict
        if verdict is None:
            self.without_verdict += 1
            return
        self.verifiers.add((verdict.verifier, verdict.model))
        p = verdict.p_present
        self.probabilities.add(p if p is None else next((edge for edge in P_EDGES if p <= edge), 1.0))

    def _add_image(self, record: CaptionRecord) -> None:
        key = key_of(record.image, record.image_id)
        new = key is None or self._images.add(key)
        if new and len(self.examples) < EXAMPLES:
            self.examples.append(record)
        for one in self.against.benchmarks:
            if key is not None and key in one.images.keys:
                self._found.setdefault(one.name, set()).add(key)


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every row of the source, and what is in the dataset."""

    taken: int
    rejected: int
    failed: int
    reasons: dict[str, int]
    figures: Figures
    negation: CorpusStatistics
    files: list[PublishedFile]
