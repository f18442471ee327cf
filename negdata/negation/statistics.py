"""How much a corpus of captions negates, by cue (the paper found 0.70 % of LAION-400M's captions)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from negdata.negation.detect import all_cues, find_weak_cues
from negdata.negation.text import is_word, tokenise


class CueStatistics(BaseModel):
    """A cue: in how many captions it stands, how often in all, and the first captions that have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cue: str
    captions: int
    occurrences: int
    examples: list[str]


class CorpusStatistics(BaseModel):
    """The figures of a corpus.

    Attributes:
        negated_captions: captions with at least one cue that negates; ``negated_share`` of all ``captions``.
        negating_words: words that are such cues, or part of one; ``negating_word_share`` of all ``words``.
        cues: the cues found, the most frequent first.
        lookalikes: cue words that negate nothing, by what they are instead; not counted above.
        weak_cues: "instead of" and "rather than"; not counted above.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captions: int
    words: int
    negated_captions: int
    negated_share: float
    negating_words: int
    negating_word_share: float
    cues: list[CueStatistics]
    lookalikes: list[CueStatistics]
    weak_cues: list[CueStatistics]


class _Tally:
    """Counts by name, with the first examples of each."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._captions: Counter[str] = Counter()
        self._occurrences: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, names: list[str], caption: str) -> None:
        self._occurrences.update(names)
        for name in dict.fromkeys(names):
            self._captions[name] += 1
            examples = self._examples.setdefault(name, [])
            if len(examples) < self._limit:
                examples.append(caption)

    def figures(self) -> list[CueStatistics]:
        return [
            CueStatistics(
                cue=name, captions=count, occurrences=self._occurrences[name], examples=self._examples.get(name, [])
            )
            for name, count in self._captions.most_common()
        ]


def corpus_statistics(captions: Iterable[str], *, examples_per_cue: int = 3) -> CorpusStatistics:
    """The negation statistics of captions, read once, in memory that doesn't grow with their number."""
    cues, lookalikes, weak = _Tally(examples_per_cue), _Tally(examples_per_cue), _Tally(examples_per_cue)
    total = words = negated = negating_words = 0
    for caption in captions:
        total += 1
        tokens = tokenise(caption).words
        words += sum(map(is_word, tokens))
        found = all_cues(caption)
        real = [cue for cue in found if cue.lookalike is None]
        if real:
            negated += 1
            negating_words += sum(sum(map(is_word, tokens[cue.first : cue.last + 1])) for cue in real)
            cues.add([cue.cue for cue in real], caption)
        lookalikes.add([cue.lookalike for cue in found if cue.lookalike is not None], caption)
        weak.add([cue.cue for cue in find_weak_cues(caption)], caption)
    return CorpusStatistics(
        captions=total,
        words=words,
        negated_captions=negated,
        negated_share=negated / total if total else 0.0,
        negating_words=negating_words,
        negating_word_share=negating_words / words if words else 0.0,
        cues=cues.figures(),
        lookalikes=lookalikes.figures(),
        weak_cues=weak.figures(),
    )
