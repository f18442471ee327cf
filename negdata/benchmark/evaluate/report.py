"""What an evaluation came to: every figure with its interval, chance, the best blind rule and published scores."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

from negdata import __version__


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(_Model):
    """A share in [0, 1] of ``n`` items, with its 95 % interval; None where it has none."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None


class BlindRule(_Model):
    """A rule that sees no image, or no text, and what it scores on the same items."""

    rule: str
    value: float


class Published(_Model):
    """A score that somebody else measured and published, as a share in [0, 1]."""

    model: str
    value: float
    source: str


class Figure(_Model):
    """A score in [0, 1].

    Attributes:
        metric: "accuracy", "R@5 text→image", "top-1" …
        n: the items that were scored.
        of: the items of the benchmark; those beyond ``n`` couldn't be scored.
        low: of the 95 % interval; None where there is none.
        chance: what guessing scores on the same items.
        blind: the best of the rules that don't look.
        published: scores of others on this benchmark.
        groups: what the items are grouped by → group → its share.
    """

    metric: str
    value: float
    n: int
    of: int
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    blind: BlindRule | None = None
    published: list[Published] = []
    groups: dict[str, dict[str, Share]] = {}


class ModelScores(_Model):
    """The scores of a model on a benchmark.

    Attributes:
        failed: why items couldn't be scored, by code, and how many.
        partial: whether any couldn't: the score is then not that of the benchmark.
        ties: items, or queries, whose best score several candidates share, the right one among them.
        not_numbers: items with a score that is no finite number; an error unless scoring is "paper".
        contaminated: images of the benchmark that the model was trained on, where its manifest says so.
    """

    model: str
    figures: list[Figure]
    failed: dict[str, int] = {}
    partial: bool = False
    ties: int = 0
    not_numbers: int = 0
    contaminated: int | None = None


class Comparison(_Model):
    """Two models on the items that both were scored on.

    Attributes:
        difference: the metric of b less that of a, with its 95 % interval (paired bootstrap).
        p_value: McNemar's exact test, two-sided.
        only_a: items on which a has more credit than b, which for most is: that only a has right.
    """

    metric: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    p_value: float
    only_a: int
    only_b: int
    n: int


class BenchScores(_Model):
    """All models on one benchmark.

    Attributes:
        digest: of the file's content; None where the benchmark is a folder.
        counted: what ``items`` counts: items, captions that search, images that are classified, questions.
        left_out: what of the file is no item, and how many of it.
    """

    suite: str
    path: str
    digest: str | None
    items: int
    counted: str = "items"
    left_out: dict[str, int] = {}
    models: list[ModelScores]
    comparisons: list[Comparison] = []

    @property
    def partial(self) -> bool:
        """Whether items are missing from any model's score."""
        return any(scores.partial for scores in self.models)


class EvaluatedModel(_Model):
    """A model, and all that shapes its scores."""

    name: str
    identity: dict[str, JsonValue]


class EvalReport(_Model):
    """All benchmarks, in the order in which they were named."""

    negdata: str = __version__
    command: str
    scoring: str
    seed: int
    models: list[EvaluatedModel]
    benches: list[BenchScores]
    predictions: str | None = None
    notes: list[str] = []
    seconds: float

    @property
    def partial(self) -> bool:
        """Whether any score is."""
        return any(bench.partial for bench in self.benches)
