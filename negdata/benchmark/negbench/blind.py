"""Rules that answer a multiple-choice question about an image without the image: how well they do must be by chance.

A rule gives each option a score; it picks the option that scores highest, and one by lot where several do.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import quantiles

from negdata.benchmark.negbench.statements import Statement
from negdata.negation import find_cues
from negdata.vocabulary import Cooccurrence, vocabulary

Scores = Sequence[float]
TextRule = Callable[[Sequence[str]], Scores]
Z = 1.96
"""Of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class BlindScore:
    """What a rule scores on a benchmark.

    Attributes:
        low: ``low`` and ``high`` enclose what a rule that knows nothing scores 95 times of 100.
    """

    rule: str
    accuracy: float
    questions: int
    low: float
    high: float

    @property
    def is_chance(self) -> bool:
        """Whether the rule does neither better nor worse than guessing."""
        return self.low <= self.accuracy <= self.high


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a blind rule sees it, and what it isn't told: the place of the right option."""

    texts: tuple[str, ...]
    statements: tuple[Statement, ...]
    right: int


class StatementRules:
    """Rules that go by which objects a statement affirms and denies.

    Args:
        counts: category → how many images show it.
        pairs: the pairs of objects that are spoken of together: which of them go together is told by comparing them.
    """

    def __init__(self, counts: Mapping[str, int], pairs: Sequence[tuple[str, str]]) -> None:
        self._counts = counts
        companies = [_company(one, other) for one, other in pairs] or [0.0]
        self._tenths = quantiles(companies, n=10) if len(companies) > 1 else companies * 9

    def closeness(self, statement: Statement) -> int | None:
        """In which tenth of all pairs its two objects are, by how well they go together; None for a single object."""
        return bisect(self._tenths, _company(*statement.objects)) if len(statement.objects) == 2 else None

    def scores(self, statements: Sequence[Statement]) -> dict[str, Scores]:
        """What each rule makes of the options."""
        by_company = {
            f"affirms what goes together {how}": [self._together(one, tenth) for one in statements]
            for how, tenth in (("loosely", 3), ("usually", 5), ("closely", 7))
        }
        return self.simple_scores(statements) | by_company

    def simple_scores(self, statements: Sequence[Statement]) -> dict[str, Scores]:
        """The same of those rules that don't go by which objects go together."""
        return {
            "a hybrid where offered": [float(one.kind == "hybrid") for one in statements],
            "an affirmative where offered": [float(one.kind == "positive") for one in statements],
            "a negative where offered": [float(one.kind == "negative") for one in statements],
            "affirms the commonest object": [self._affirmed(one) for one in statements],
            "denies the rarest object": [self._denied(one) for one in statements],
            "likeliest by co-occurrence": [likelihood(one) for one in statements],
        }

    def _affirmed(self, one: Statement) -> float:
        return max((self._counts.get(name, 0) for name in one.affirmed), default=-1)

    def _denied(self, one: Statement) -> float:
        return max((-self._counts.get(name, 0) for name in one.denied), default=-math.inf)

    def _together(self, one: Statement, least: int) -> float:
        """For objects that go together so well that both are there, for others that only one is."""
        closeness = self.closeness(one)
        if closeness is None:
            return 0.0
        favoured = "both" if closeness >= least else "but"
        return 1.0 if one.form == favoured else -1.0


@lru_cache(maxsize=65_536)
def _cues(text: str) -> int:
    return len(find_cues(text))


TEXT_RULES: dict[str, TextRule] = {
    "the first": lambda texts: [float(-place) for place in range(len(texts))],
    "the last": lambda texts: [float(place) for place in range(len(texts))],
    "the longest": lambda texts: [float(len(text)) for text in texts],
    "the shortest": lambda texts: [float(-len(text)) for text in texts],
    "most negations": lambda texts: [float(_cues(text)) for text in texts],
    "fewest negations": lambda texts: [float(-_cues(text)) for text in texts],
}
"""Rules that go by how an option is worded and where it stands."""


def chance_of(scores: Scores, right: int) -> float:
    """The probability that a rule with these scores picks the right option."""
    best = max(scores)
    return (1.0 / sum(score == best for score in scores)) if scores[right] == best else 0.0


def blind_scores(questions: Sequence[Asked], counts: Mapping[str, int]) -> tuple[BlindScore, ...]:
    """What every rule scores on these questions; nothing where there are none."""
    if not questions:
        return ()
    by_statement = StatementRules(counts, spoken_pairs(one.statements for one in questions))
    hits: dict[str, list[float]] = {}
    for one in questions:
        scored = {name: rule(one.texts) for name, rule in TEXT_RULES.items()} | by_statement.scores(one.statements)
        for name, scores in scored.items():
            hits.setdefault(name, []).append(chance_of(scores, one.right))
    return tuple(_score(name, found) for name, found in hits.items())


def _score(rule: str, hits: Sequence[float]) -> BlindScore:
    size = len(hits)
    spread = Z * math.sqrt(0.25 * 0.75 / size)
    return BlindScore(rule, sum(hits) / size, size, 0.25 - spread, 0.25 + spread)


def spoken_pairs(questions: Iterable[Sequence[Statement]]) -> list[tuple[str, str]]:
    """The pairs of objects that a statement of the questions names together, once a question."""
    return [
        (one, other)
        for statements in questions
        for one, other in sorted({tuple(sorted(s.objects)) for s in statements if len(s.objects) == 2})
    ]


@lru_cache(maxsize=65_536)
def likelihood(statement: Statement) -> float:
    """The logarithm of how likely a statement is of an image of which nothing is known, by COCO's captions."""
    table = Cooccurrence.shipped()
    names = [_name(name) for name in statement.objects]
    there = table.share(names[0])
    if statement.form in ("affirm", "deny"):
        return math.log(there if statement.form == "affirm" else 1 - there)
    both = there * min(0.99, table.conditional(names[1], names[0]))
    other = table.share(names[1])
    neither = max(1e-6, 1 - there - other + both)
    return math.log(max(1e-6, {"both": both, "but": there - both, "neither": neither}[statement.form]))


@lru_cache(maxsize=65_536)
def _company(one: str, other: str) -> float:
    """How much oftener two objects are named together than by accident, as a logarithm."""
    table = Cooccurrence.shipped()
    first, second = _name(one), _name(other)
    return math.log(table.conditional(first, second) / table.share(first))


@lru_cache(maxsize=4_096)
def _name(category: str) -> str:
    entry = vocabulary().lookup(category)
    return entry.name if entry is not None else category
